import { monotonicNs } from '../core/clock.ts';
import { Histogram, type Percentiles } from './histogram.ts';
import type { Pacer } from './pacer.ts';

// What a host that stalled for longer did not offer is not made up for: it would come as a flood that has nothing to do with the rate.
const maxBehindNs = 100e6;

/** What became of a rate. Frames that are late are in all counts, and their lateness in the deviation. */
export interface DepartureCounts {
  intendedPps: number;
  /** Frames whose time came. */
  intended: number;
  /** Frames made for the port. */
  offered: number;
  /** Frames that the port took. */
  sent: number;
  /** By how much frames left after their time. */
  deviationNanoseconds: Percentiles;
}

/**
 * Says how many frames are due, and keeps the books on those that left. Reads the clock by itself: a number that is passed on is
 * garbage, several million times a second.
 */
export class Departures {
  readonly #pacer: Pacer;
  readonly #clock: () => number;
  readonly #deviationNs = new Histogram();
  #startNs = Number.NaN;
  #due = 0;
  #offered = 0;
  #sent = 0;
  #skipped = 0;

  /** @param clock Nanoseconds. */
  constructor(pacer: Pacer, clock: () => number = monotonicNs) {
    this.#pacer = pacer;
    this.#clock = clock;
  }

  /** Frames whose time has come and that are not offered yet. The first call is the start. */
  due(): number {
    const nowNs = this.#clock();
    if (Number.isNaN(this.#startNs)) this.#startNs = nowNs;
    const elapsedNs = nowNs - this.#startNs;
    this.#due = Math.max(this.#due, this.#pacer.dueBy(elapsedNs));
    // While frames are held, theirs is the next number: only then can numbers be left out.
    if (this.#offered === this.#sent) this.#skipTo(this.#pacer.dueBy(elapsedNs - maxBehindNs));
    return this.#due - this.#offered - this.#skipped;
  }

  #skipTo(number: number): void {
    const skipped = number - this.#offered - this.#skipped;
    if (skipped > 0) this.#skipped += skipped;
  }

  /** Nanoseconds until the next frame is due; 0 or less when one is. */
  waitNs(): number {
    const next = this.#offered + this.#skipped;
    return this.#pacer.departureNs(next) - (this.#clock() - this.#startNs);
  }

  /** So many were made; negative: so many will not be sent after all. */
  offer(frames: number): void {
    this.#offered += frames;
  }

  /** So many of those offered left now, in order. */
  leave(frames: number): void {
    const nowNs = this.#clock();
    const { periodNs } = this.#pacer;
    const firstNs = this.#pacer.departureNs(this.#sent + this.#skipped);
    const latenessNs = nowNs - this.#startNs - firstNs;
    for (let i = 0; i < frames; i++) this.#deviationNs.record(latenessNs - i * periodNs);
    this.#sent += frames;
  }

  counts(): DepartureCounts {
    return {
      intendedPps: 1e9 / this.#pacer.periodNs,
      intended: this.#due,
      offered: this.#offered,
      sent: this.#sent,
      deviationNanoseconds: this.#deviationNs.percentiles(),
    };
  }
}
