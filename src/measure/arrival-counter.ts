import type { Traffic } from '../traffic/traffic.ts';
import type { TrialEnds } from './polled-trial.ts';

/**
 * Receives what arrives, and counts what is ours: neither strays of a real network nor what an earlier trial has sent are to make up
 * for losses.
 */
export class ArrivalCounter {
  count = 0;
  readonly #ends: TrialEnds;
  readonly #traffic: Traffic;
  readonly #firstNumber: number;

  constructor(ends: TrialEnds) {
    this.#ends = ends;
    this.#traffic = ends.generator.traffics[0]!;
    this.#firstNumber = this.#traffic.nextNumber;
  }

  /** Returns how many frames came, ours or not. */
  receive(budget: number): number {
    const { rx, burst } = this.#ends;
    const received = rx.rx[0].receive(burst, budget);
    if (received === 0) return 0;
    this.#ends.generator.bursts.add(received);
    for (let i = 0; i < received; i++) {
      const isOurs = this.#traffic.matches(burst, i);
      if (isOurs && this.#traffic.isSince(burst, i, this.#firstNumber)) this.count++;
      if (!isOurs) this.#traffic.forget(burst.indices[i]!); // its payload lies where one of ours will be
    }
    burst.release();
    return received;
  }
}
