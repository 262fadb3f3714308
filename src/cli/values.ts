import { InvalidArgumentError, Option } from 'commander';
import { PmdError } from '../core/errors.ts';
import { type MacAddress, parseMac } from '../core/mac.ts';
import { type Fraction, fraction, lineRateBitsPerSecond, type Rate } from '../pacing/rate.ts';

const unitMs = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 } as const;

const unitNs = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 } as const;

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

/** Milliseconds of `500ms`, `5s`, `1.5m`, `2min`, `1h`, or of `5`, which are seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Write 500ms, 5s, 2m or 1h; a plain number is seconds.');
  const durationMs = Number(match[1]) * unitMs[(match[2] ?? 's') as keyof typeof unitMs];
  if (durationMs < 1 || durationMs > maxDurationMs) throw new InvalidArgumentError('Use 1ms to 596h.');
  return durationMs;
}

/** Nanoseconds of `500ns`, `50us`, `1.5ms` or `1s`. */
export function parseDurationNs(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s)$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('Write 500ns, 50us, 1ms or 1s.');
  return Number(number) * unitNs[unit as keyof typeof unitNs];
}

/** A parser of integers from `min` to `max`. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Use an integer from ${min} to ${max}.`);
  };
}

/** A parser of counts from 1 on: `10000`, `10k`, `2.5M`, `1G`. */
export function count(max: number): (text: string) => number {
  return (text) => {
    const [, number, prefix] = /^(\d{1,16}(?:\.\d{1,9})?)([kKMG]?)$/.exec(text) ?? [];
    if (number !== undefined) {
      const [whole, decimals = ''] = number.split('.') as [string, string?];
      const divisor = 10n ** BigInt(decimals.length);
      const product = BigInt(whole + decimals) * prefixes[prefix as keyof typeof prefixes];
      const value = product / divisor;
      if (product % divisor === 0n && value >= 1n && value <= BigInt(max)) return Number(value);
    }
    throw new InvalidArgumentError(`Use a whole number from 1 to ${max}, such as 10k or 2.5M.`);
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

const prefixes = { '': 1n, k: 1_000n, K: 1_000n, M: 1_000_000n, G: 1_000_000_000n } as const;
/** Bits have no other meaning of m: everybody writes mbit. */
const bitPrefixes: Readonly<Record<string, bigint>> = { ...prefixes, m: prefixes.M, g: prefixes.G };
const bitUnits = ['bit', 'bps', 'bit/s', 'b/s'];
const maxFramesPerSecond = 100_000_000;
const maxBitsPerSecond = 10_000_000_000;

/** `100k` or `1.5Mpps` frames per second, `500Mbit` (or `500Mbps`, `500mbit/s`) per second on the wire, or `50%` of line rate. */
export function parseRate(text: string): Rate {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(?:([kKmMgG]?)(pps|bit(?:\/s)?|bps|b\/s)?|(%))$/.exec(text);
  if (match === null) throw new InvalidArgumentError(`Write ${rateForms}.`);
  const [, number, prefix = '', unit = '', percent] = match;
  if (percent !== undefined) return bits(shareOfLineRate(number!));
  if (bitUnits.includes(unit)) return bits(scale(number!, bitPrefixes[prefix]!, 1n));
  if (!(prefix in prefixes)) throw new InvalidArgumentError(`Write ${rateForms}.`);
  const perSecond = scale(number!, prefixes[prefix as keyof typeof prefixes], 1n);
  return { kind: 'frames', perSecond: limit(perSecond, maxFramesPerSecond) };
}

/** A rate of frames, whatever their size. */
export function parsePps(text: string): Fraction {
  const rate = parseRate(text);
  if (rate.kind === 'frames') return rate.perSecond;
  throw new InvalidArgumentError('Write frames per second: 100k, or 1.5Mpps.');
}

export const rateForms =
  '100k or 1.5Mpps, 500Mbit or 500Mbps (on the wire, framing included), or 50% (of 1 Gbit/s)';

function shareOfLineRate(percent: string): Fraction {
  if (Number(percent) <= 100) return scale(percent, BigInt(lineRateBitsPerSecond), 100n);
  throw new InvalidArgumentError('Use 100 % at most: the wire carries no more.');
}

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
