import { Histogram, type Percentiles } from './histogram.ts';

/** By how much frames left after their time, when each has a time of its own. */
export class Lateness {
  sent = 0;
  readonly #deviationNs = new Histogram();
  /** Of the frames that are held, in their order. */
  readonly #dueMs: Float64Array;
  #held = 0;

  /** @param capacity Most frames that are held at a time. */
  constructor(capacity: number) {
    this.#dueMs = new Float64Array(capacity);
  }

  /** Frames that were to be sent. */
  get offered(): number {
    return this.sent + this.#held;
  }

  /** One more frame is to be sent. One without a time has no lateness. */
  hold(dueMs: number): void {
    this.#dueMs[this.#held++] = dueMs;
  }

  /** The first of the frames left. */
  leave(frames: number, nowMs: number): void {
    const dueMs = this.#dueMs;
    for (let i = 0; i < frames; i++)
      if (dueMs[i]! > Number.NEGATIVE_INFINITY) this.#deviationNs.record((nowMs - dueMs[i]!) * 1e6);
    dueMs.copyWithin(0, frames, this.#held);
    this.#held -= frames;
    this.sent += frames;
  }

  percentiles(): Percentiles {
    return this.#deviationNs.percentiles();
  }
}
