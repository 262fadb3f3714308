import { InvalidArgumentError } from 'commander';
import { type MacAddress, PmdError, parseMac } from '../index.ts';
import { maxFrameBytes, minFrameBytes } from '../measure/ethernet.ts';
import type { SizeRange } from '../measure/generate.ts';

const unitMs = { ms: 1, s: 1000, m: 60_000 } as const;

// What a timer of Node can wait for.
const maxDurationMs = 2 ** 31 - 1;

/** Milliseconds of `500ms`, `5s`, `1.5m`, or of `5`, which are seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Write 500ms, 5s or 2m; a plain number is seconds.');
  const durationMs = Number(match[1]) * unitMs[(match[2] ?? 's') as keyof typeof unitMs];
  if (durationMs < 1 || durationMs > maxDurationMs) throw new InvalidArgumentError('Use 1ms to 35000m.');
  return durationMs;
}

/** A parser of integers from `min` to `max`. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Use an integer from ${min} to ${max}.`);
  };
}

/** `64`, or `60-1514`: bytes of a frame without FCS. */
export function parseSize(text: string): SizeRange {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const min = Number(match?.[1]);
  const max = Number(match?.[2] ?? match?.[1]);
  if (min >= minFrameBytes && max <= maxFrameBytes && min <= max) return { min, max };
  throw new InvalidArgumentError(
    `Use ${minFrameBytes} to ${maxFrameBytes} (without FCS), or a range such as 60-1514.`,
  );
}

/** Collects MAC addresses of an option that is repeated. */
export function collectMac(text: string, previous: MacAddress[] = []): MacAddress[] {
  try {
    parseMac(text);
  } catch (error) {
    if (!(error instanceof PmdError)) throw error;
    throw new InvalidArgumentError('Write it as 02:00:00:00:00:01.');
  }
  return [...previous, text];
}
