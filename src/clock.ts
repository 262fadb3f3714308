import { addon } from './native.ts';

/** The CPU's cycle counter: what a stretch of code costs. It ticks at one rate whatever the CPU's clock does. */
export function cycleCount(): number {
  return addon.cycles();
}
