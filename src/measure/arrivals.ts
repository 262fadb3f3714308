import type { Traffic } from './traffic.ts';
import type { TrialEnds } from './trial-series.ts';

/** Takes what arrives, and counts what is ours: strays of a real network are not to make up for losses. */
export class ArrivalCounter {
  count = 0;
  readonly #ends: TrialEnds;
  readonly #traffic: Traffic;

  constructor(ends: TrialEnds) {
    this.#ends = ends;
    this.#traffic = ends.generator.traffics[0]!;
  }

  /** Returns how many frames came, ours or not. */
  receive(budget: number): number {
    const { rx, burst } = this.#ends;
    const received = rx.rx[0].receive(burst, budget);
    if (received === 0) return 0;
    this.#ends.generator.bursts.add(received);
    for (let i = 0; i < received; i++) {
      if (this.#traffic.matches(burst, i)) this.count++;
      else this.#traffic.forget(burst.indices[i]!); // its payload lies where one of ours will be
    }
    burst.release();
    return received;
  }
}
