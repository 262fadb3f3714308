import { monotonicNs } from '../core/clock.ts';
import type { BurstResult } from '../results/back-to-back-result.ts';
import { ArrivalCounter } from './arrival-counter.ts';
import type { PolledTrial, TrialEnds } from './polled-trial.ts';

/** Frames back to back, as fast as the port takes them, polled until there is a result. */
export class BackToBackTrial implements PolledTrial<BurstResult> {
  result: BurstResult | undefined;
  readonly #ends: TrialEnds;
  readonly #arrivals: ArrivalCounter;
  readonly #frames: number;
  #sent = 0;
  #startNs = 0;
  #sentNs = 0;
  #quietSinceNs = 0;

  constructor(ends: TrialEnds, frames: number) {
    this.#ends = ends;
    this.#frames = frames;
    this.#arrivals = new ArrivalCounter(ends);
  }

  round(budget: number): number {
    const received = this.#arrivals.receive(budget);
    if (this.#sent === this.#frames) {
      this.#settle(received);
      return received;
    }
    const room = Math.min(budget - received, this.#frames - this.#sent);
    if (room <= 0) return received;
    if (this.#sent === 0) this.#startNs = monotonicNs();
    const sent = this.#ends.generator.round(room);
    this.#sent += sent;
    if (this.#sent === this.#frames) {
      this.#sentNs = monotonicNs();
      this.#quietSinceNs = this.#sentNs;
    }
    return received + sent;
  }

  #settle(received: number): void {
    const nowNs = monotonicNs();
    if (received > 0) this.#quietSinceNs = nowNs;
    const frames = this.#frames;
    if (this.#arrivals.count < frames && nowNs - this.#quietSinceNs < this.#ends.settleMs * 1e6) return;
    const seconds = (this.#sentNs - this.#startNs) / 1e9;
    this.result = {
      frames,
      received: this.#arrivals.count,
      sentPps: frames > 1 && seconds > 0 ? frames / seconds : null,
    };
  }
}
