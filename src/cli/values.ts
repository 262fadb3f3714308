import { InvalidArgumentError, Option } from 'commander';
import { PmdError } from '../core/errors.ts';
import { type MacAddress, parseMac } from '../core/mac.ts';
import { type Fraction, fraction, lineRateBitsPerSecond, type Rate } from '../pacing/rate.ts';

const unitMs = { ms: 1, s: 1000, m: 60_000 } as const;

// What a timer of Node can wait for.
const maxDurationMs = 2 ** 31 - 1;

/** An option with a default, which is given and shown as a user would write it. */
export function optionWithDefault<Value>(
  flags: string,
  description: string,
  parse: (text: string) => Value,
  text: string,
): Option {
  return new Option(flags, description).argParser(parse).default(parse(text), text);
}

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

export function parseOneMac(text: string): MacAddress {
  try {
    parseMac(text);
    return text;
  } catch (error) {
    if (!(error instanceof PmdError)) throw error;
    throw new InvalidArgumentError('Write it as 02:00:00:00:00:01.');
  }
}

/** Collects MAC addresses of an option that is repeated. */
export function collectMac(text: string, previous: MacAddress[] = []): MacAddress[] {
  return [...previous, parseOneMac(text)];
}

const prefixes = { '': 1n, k: 1_000n, M: 1_000_000n, G: 1_000_000_000n } as const;
const maxFramesPerSecond = 100_000_000;
const maxBitsPerSecond = 10_000_000_000;

/** `100k` or `1.5Mpps` frames per second, `500Mbit` per second on the wire, or `50%` of line rate. */
export function parseRate(text: string): Rate {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(?:([kMG]?)(pps|bit)?|(%))$/.exec(text);
  if (match === null) throw new InvalidArgumentError(`Write ${rateForms}.`);
  const [, number, prefix = '', unit, percent] = match;
  if (percent !== undefined) return bits(scale(number!, BigInt(lineRateBitsPerSecond), 100n));
  const perSecond = scale(number!, prefixes[prefix as keyof typeof prefixes], 1n);
  return unit === 'bit'
    ? bits(perSecond)
    : { kind: 'frames', perSecond: limit(perSecond, maxFramesPerSecond) };
}

/** A rate of frames, whatever their size. */
export function parsePps(text: string): Fraction {
  const rate = parseRate(text);
  if (rate.kind === 'frames') return rate.perSecond;
  throw new InvalidArgumentError('Write frames per second: 100k, or 1.5Mpps.');
}

export const rateForms = '100k or 1.5Mpps, 500Mbit (on the wire, framing included), or 50% (of 1 Gbit/s)';

function bits(perSecond: Fraction): Rate {
  return { kind: 'wire-bits', perSecond: limit(perSecond, maxBitsPerSecond) };
}

/** Exactly `number * factor / divisor`. */
function scale(number: string, factor: bigint, divisor: bigint): Fraction {
  const [whole, decimals = ''] = number.split('.') as [string, string?];
  const numerator = BigInt(whole + decimals) * factor;
  if (numerator === 0n) throw new InvalidArgumentError('Use a rate above 0.');
  return fraction(numerator, divisor * 10n ** BigInt(decimals.length));
}

function limit(perSecond: Fraction, most: number): Fraction {
  if (perSecond.numerator / perSecond.denominator <= most) return perSecond;
  throw new InvalidArgumentError(`Use ${most} per second at most.`);
}

/** A parser of percentages from `min` to `max`, with or without the sign: `0.5` and `0.5%` are 0.005. */
export function parsePercent(min: number, max: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?)%?$/.exec(text);
    const percent = Number(match?.[1]);
    if (percent >= min && percent <= max) return percent / 100;
    throw new InvalidArgumentError(`Use a percentage from ${min} to ${max}.`);
  };
}

/** `0,10,50,90`: percentages, each once, with up to six decimals. */
export function parsePercents(text: string): number[] {
  const percents = text.split(',').map((one) => {
    const match = /^(\d{1,3}(?:\.\d{1,6})?)%?$/.exec(one);
    const percent = Number(match?.[1]);
    if (percent <= 100) return percent;
    throw new InvalidArgumentError('Use percentages from 0 to 100, such as 0,10,50,90.');
  });
  if (new Set(percents).size === percents.length) return percents;
  throw new InvalidArgumentError('Name each value once.');
}
