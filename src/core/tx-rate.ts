import { checkInteger, checkOptions } from './check.ts';
import { describe, invalidArgument } from './errors.ts';

/** A rate in bits on the wire, which counts 24 bytes more for each frame: FCS, preamble and gap. Frames below 60 bytes count as 60. */
export interface BitRate {
  /** 1 to 10¹². */
  bitsPerSecond: number;
  /** Bytes that may go at once, counted in the same way: 84 to 5 · 10⁸. Default: what goes in a millisecond, at least 1542. */
  burstBytes?: number;
}

/** A rate in frames. */
export interface PacketRate {
  /** 1 to 10¹². */
  packetsPerSecond: number;
  /** Frames that may go at once: 1 to 5 · 10⁸. Default: what goes in a millisecond, at least 1. */
  burstPackets?: number;
}

/** How fast a queue sends at most: {@link TxQueue.setRate}. */
export type TxRate = BitRate | PacketRate;

/** As the addon takes it. */
export type NativeRate = [unit: number, perSecond: number, depth: number];

const units = { bits: 0, frames: 1 } as const;
const mostPerSecond = 1e12;
const deepest = 5e8;
const leastBytes = 84;
const usualBytes = 1542;

export function nativeRate(rate: TxRate): NativeRate {
  const options = checkOptions<Partial<BitRate & PacketRate>>('rate', rate, [
    'bitsPerSecond',
    'burstBytes',
    'packetsPerSecond',
    'burstPackets',
  ]);
  const { bitsPerSecond, burstBytes, packetsPerSecond, burstPackets } = options;
  if (bitsPerSecond !== undefined && packetsPerSecond === undefined && burstPackets === undefined) {
    const perSecond = checkInteger('bitsPerSecond', bitsPerSecond, 1, mostPerSecond);
    const usual = Math.max(Math.floor(perSecond / 8000), usualBytes);
    return [units.bits, perSecond, 8 * checkInteger('burstBytes', burstBytes ?? usual, leastBytes, deepest)];
  }
  if (packetsPerSecond !== undefined && bitsPerSecond === undefined && burstBytes === undefined) {
    const perSecond = checkInteger('packetsPerSecond', packetsPerSecond, 1, mostPerSecond);
    const usual = Math.min(Math.max(Math.floor(perSecond / 1000), 1), deepest);
    return [units.frames, perSecond, checkInteger('burstPackets', burstPackets ?? usual, 1, deepest)];
  }
  throw invalidArgument(
    `rate is ${describe(rate)}`,
    'pass { bitsPerSecond, burstBytes } or { packetsPerSecond, burstPackets }',
  );
}
