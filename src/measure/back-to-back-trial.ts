import { monotonicNs } from '../core/clock.ts';
import { Quiet } from '../pacing/quiet.ts';
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
  /** Since all has left. */
  #quiet: Quiet | undefined;

  constructor(ends: TrialEnds, frames: number) {
    this.#ends = ends;
    this.#frames = frames;
    this.#arrivals = new ArrivalCounter(ends);
  }

  round(budget: number): number {
    const arrivedBefore = this.#arrivals.count;
    const received = this.#arrivals.receive(budget);
    if (this.#quiet !== undefined) {
      const isQuiet = this.#quiet.look(this.#arrivals.count > arrivedBefore, monotonicNs());
      if (isQuiet || this.#arrivals.count >= this.#frames) this.#conclude();
      return received;
    }
    const room = Math.min(budget - received, this.#frames - this.#sent);
    if (room <= 0) return received;
    if (this.#sent === 0) this.#startNs = monotonicNs();
    const sent = this.#ends.generator.round(room);
    this.#sent += sent;
    if (this.#sent === this.#frames) {
      this.#sentNs = monotonicNs();
      this.#quiet = new Quiet(this.#ends.settleMs * 1e6, this.#sentNs);
    }
    return received + sent;
  }

  #conclude(): void {
    const frames = this.#frames;
    const seconds = (this.#sentNs - this.#startNs) / 1e9;
    this.result = {
      frames,
      received: this.#arrivals.count,
      sentPps: frames > 1 && seconds > 0 ? frames / seconds : null,
    };
  }
}
