import { wireOverheadBytes } from '../net/ethernet.ts';
import { meanBytes, type Sizes } from '../traffic/sizes.ts';

/** A number of exactly `numerator / denominator`: both are safe integers above 0. */
export interface Fraction {
  numerator: number;
  denominator: number;
}

/**
 * How fast frames are sent: so many per second, or so many bits per second on the wire. The latter count all of a frame there
 * (layer 1: preamble, FCS and gap included), so that 100 % of line rate is what a cable carries whatever the size.
 */
export type Rate = { kind: 'frames'; perSecond: Fraction } | { kind: 'wire-bits'; perSecond: Fraction };

/** Of igb's VFs, at most: what a percentage is of. */
export const lineRateBitsPerSecond = 1_000_000_000;

/** 100 %. */
export const lineRate: Rate = {
  kind: 'wire-bits',
  perSecond: { numerator: lineRateBitsPerSecond, denominator: 1 },
};

/** A fraction in lowest terms. */
export function fraction(numerator: bigint, denominator: bigint): Fraction {
  const divisor = greatestCommonDivisor(numerator, denominator);
  const reduced = { numerator: Number(numerator / divisor), denominator: Number(denominator / divisor) };
  if (!Number.isSafeInteger(reduced.numerator) || !Number.isSafeInteger(reduced.denominator)) {
    throw new RangeError(`${numerator}/${denominator} has no exact form in safe integers`);
  }
  return reduced;
}

/** Frames per second of a rate, for `frames` frames of `bytes` in all, without FCS. */
export function framesPerSecond(rate: Rate, { frames, bytes }: { frames: number; bytes: number }): Fraction {
  const { numerator, denominator } = rate.perSecond;
  if (rate.kind === 'frames') return rate.perSecond;
  const wireBits = (BigInt(bytes) + BigInt(frames) * BigInt(wireOverheadBytes)) * 8n;
  return fraction(BigInt(numerator) * BigInt(frames), BigInt(denominator) * wireBits);
}

/** Frames per second that fill the wire. */
export function lineRatePps(sizes: Sizes): number {
  return lineRateBitsPerSecond / ((meanBytes(sizes) + wireOverheadBytes) * 8);
}

/** A share of a rate. */
export function percentOf({ kind, perSecond }: Rate, percent: number): Rate {
  // As written: a percentage has six decimals at most.
  const millionths = BigInt(Math.round(percent * 1e6));
  const { numerator, denominator } = perSecond;
  return { kind, perSecond: fraction(BigInt(numerator) * millionths, BigInt(denominator) * 100_000_000n) };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
