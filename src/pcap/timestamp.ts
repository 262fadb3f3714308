/** A time since 1970, to be filled in. */
export interface Time {
  seconds: number;
  nanoseconds: number;
}

/** How an interface of pcapng counts time. */
export interface Clock {
  /** Its if_tsresol option: units of 10^-n seconds or, with the high bit set, 2^-(n - 128). */
  readonly resolution: number;
  /** Its if_tsoffset option, to be added to the seconds. */
  readonly offsetSeconds: number;
}

const two16 = 2 ** 16;
const two32 = 2 ** 32;
const billion = 1_000_000_000;
const powersOfTen = Array.from({ length: 10 }, (_, exponent) => 10 ** exponent);

/** Splits a 64-bit count of a clock's units, given as two halves, into seconds and nanoseconds. Rounds down. */
export function splitTime(clock: Clock, high: number, low: number, time: Time): void {
  const unitsPerSecond = powersOfTen[clock.resolution];
  if (unitsPerSecond === undefined) splitRareTime(clock, high, low, time);
  else splitDecimalTime(unitsPerSecond, high, low, time);
  time.seconds += clock.offsetSeconds;
}

/** Long division in steps of 16 bits: with at most 10^9 units per second no step leaves the integers that a number holds. */
function splitDecimalTime(unitsPerSecond: number, high: number, low: number, time: Time): void {
  const first = Math.floor(high / unitsPerSecond);
  const upper = (high - first * unitsPerSecond) * two16 + (low >>> 16);
  const second = Math.floor(upper / unitsPerSecond);
  const lower = (upper - second * unitsPerSecond) * two16 + (low & 0xffff);
  const third = Math.floor(lower / unitsPerSecond);
  time.seconds = first * two32 + second * two16 + third;
  time.nanoseconds = (lower - third * unitsPerSecond) * (billion / unitsPerSecond);
}

/** Units that no usual program writes: exact, and slower. */
function splitRareTime({ resolution }: Clock, high: number, low: number, time: Time): void {
  const exponent = BigInt(resolution & 0x7f);
  const unitsPerSecond = resolution < 0x80 ? 10n ** exponent : 1n << exponent;
  const units = (BigInt(high) << 32n) | BigInt(low);
  time.seconds = Number(units / unitsPerSecond);
  time.nanoseconds = Number(((units % unitsPerSecond) * BigInt(billion)) / unitsPerSecond);
}

/** Most seconds whose nanoseconds fit into 64 bits. */
export const maxSeconds = 18_446_744_072;

/** The upper half of a time in nanoseconds as 64 bits; `seconds` up to {@link maxSeconds}. */
export function nanosecondsHigh({ seconds, nanoseconds }: Time): number {
  const upper = Math.floor(seconds / two16) * billion;
  return Math.floor(upper / two16) + Math.floor(lowSum(upper, seconds, nanoseconds) / two32);
}

/** The lower half. */
export function nanosecondsLow({ seconds, nanoseconds }: Time): number {
  const upper = Math.floor(seconds / two16) * billion;
  return lowSum(upper, seconds, nanoseconds) % two32;
}

/** The product of the lower 16 bits of seconds, what the upper ones leave below 2^32, and the nanoseconds: below 2^47. */
function lowSum(upper: number, seconds: number, nanoseconds: number): number {
  return (upper % two16) * two16 + (seconds % two16) * billion + nanoseconds;
}
