import { addon, clockReading } from './native.ts';

const { readClock, readCycles } = addon;

/**
 * Nanoseconds of CLOCK_MONOTONIC: the clock of the bursts' timestamps and of `process.hrtime()`. Makes no garbage where it is
 * inlined.
 */
export function monotonicNs(): number {
  readClock();
  return clockReading[0]!;
}

/** The CPU's cycle counter: what a stretch of code costs. It ticks at one rate whatever the CPU's clock does. */
export function cycleCount(): number {
  readCycles();
  return clockReading[0]!;
}
