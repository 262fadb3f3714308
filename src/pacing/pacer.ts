import type { Fraction } from './rate.ts';

const nanosecondsPerSecond = 1e9;

/**
 * When frames leave at a rate: frame n at n seconds * denominator / numerator after the start.
 *
 * Worked out from n each time, so nothing adds up. At `numerator / denominator` frames per second the times repeat every
 * `denominator` seconds: whole cycles are integers, and a double is rounded only within one. That is below two nanoseconds over
 * months, where the 53 bits of n last for centuries.
 */
export class Pacer {
  readonly periodNs: number;
  readonly #framesPerCycle: number;
  readonly #cycleNs: number;

  constructor({ numerator, denominator }: Fraction) {
    this.#framesPerCycle = numerator;
    this.#cycleNs = denominator * nanosecondsPerSecond;
    this.periodNs = this.#cycleNs / numerator;
  }

  /** Nanoseconds from the start to frame `n`, which is 0 for the first. */
  departureNs(n: number): number {
    const inCycle = n % this.#framesPerCycle;
    const cycles = (n - inCycle) / this.#framesPerCycle;
    return cycles * this.#cycleNs + (inCycle * this.#cycleNs) / this.#framesPerCycle;
  }

  /** Frames whose time has come `elapsedNs` after the start; 0 before it. */
  dueBy(elapsedNs: number): number {
    if (elapsedNs < 0) return 0;
    const inCycleNs = elapsedNs % this.#cycleNs;
    const cycles = (elapsedNs - inCycleNs) / this.#cycleNs;
    return cycles * this.#framesPerCycle + Math.floor((inCycleNs * this.#framesPerCycle) / this.#cycleNs) + 1;
  }
}
