import type { Port } from '../core/port.ts';
import { decimal } from '../results/figures.ts';

const unitsNs: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

/**
 * The least time that a frame can be under way, in nanoseconds: the delay of an emulated wire. Between functions of one NIC no wire
 * says how long, but no time at all is not enough. Whatever is measured below that is wrong.
 */
export function leastLatencyNs(tx: Port, rx: Port): number {
  return Math.max(delayNs(tx.address), delayNs(rx.address), 1);
}

/** Either end of a wire names its delay. */
function delayNs(address: string): number {
  const [, number, unit] = /,delay=(\d+(?:\.\d+)?)(ns|us|ms|s)/.exec(address) ?? [];
  return number === undefined ? 0 : Number(number) * unitsNs[unit!]!;
}

// What clocks of two processors may differ by, and what a histogram's bucket rounds.
const toleratedShare = 0.005;

/** What to say of a latency that can't be; undefined of one that can. */
export function impossibleLatency(minNs: number | null, leastNs: number): string | undefined {
  if (minNs === null || minNs >= leastNs * (1 - toleratedShare)) return undefined;
  const micros = (ns: number) => `${decimal(ns / 1000, 1)} µs`;
  return `a latency of ${micros(minNs)} is a fault of the measurement: the path takes ${micros(leastNs)} at least`;
}
