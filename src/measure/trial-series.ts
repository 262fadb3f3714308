import type { Burst } from '../core/burst.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { Outcome } from '../results/outcome.ts';
import type { NamedSizes } from '../traffic/sizes.ts';
import type { FrameSpec } from '../traffic/traffic.ts';
import type { SizeTrials, TrialPlan } from '../trials/trial-plan.ts';
import { BurstSizes } from './burst-sizes.ts';
import { Generator } from './generator.ts';
import type { PolledTrial, TrialEnds } from './polled-trial.ts';
import type { Work } from './work.ts';

/** Which trials are made, and what makes one. */
export interface TrialMethod<Next, Result> {
  plan: TrialPlan<Next, Result>;
  trial: new (ends: TrialEnds, next: Next) => PolledTrial<Result>;
}

export interface TrialSeriesOptions {
  frameSizes: readonly NamedSizes[];
  frames: FrameSpec;
  settleMs: number;
  burstSize: number;
  /** MAC address that frames go to; default: that of the port where they come out. */
  destination?: string | undefined;
}

/** Makes a plan's trials between two ports, one frame size after the other. */
export class TrialSeries<Next, Result> implements Work {
  // A load above the throughput is no fault of the far end's, and needs no explanation.
  readonly sends = true;
  readonly arrivesAt = 1;
  readonly txDropped: readonly number[] = [0, 0];
  done = false;
  readonly bursts = new BurstSizes();
  readonly #pool: Pool;
  readonly #tx: Port;
  readonly #rx: Port;
  readonly #options: TrialSeriesOptions;
  readonly #method: TrialMethod<Next, Result>;
  readonly #burst: Burst;
  readonly #found: SizeTrials<Result>[] = [];
  #generator: Generator;
  #trial: PolledTrial<Result> | undefined;

  constructor(
    pool: Pool,
    [tx, rx]: readonly Port[],
    method: TrialMethod<Next, Result>,
    options: TrialSeriesOptions,
  ) {
    this.#pool = pool;
    this.#tx = tx!;
    this.#rx = rx!;
    this.#options = options;
    this.#method = method;
    this.#burst = pool.createBurst(options.burstSize);
    this.#generator = this.#startSize();
  }

  get pause(): string | undefined {
    return this.#trial === undefined ? undefined : 'the last frames of a trial are waited for';
  }

  round(budget: number): number {
    this.#trial ??= this.#startTrial();
    if (this.#trial === undefined) return 0;
    const moved = this.#trial.round(budget);
    const { result } = this.#trial;
    if (result !== undefined) {
      this.#found.at(-1)!.trials.push(result);
      this.#trial = undefined;
    }
    return moved;
  }

  release(): void {
    this.#generator.release();
    this.#burst.release();
  }

  async finish(): Promise<Outcome> {
    return this.#method.plan.conclude(this.#found);
  }

  #startTrial(): PolledTrial<Result> | undefined {
    const next = this.#method.plan.next(this.#found.at(-1)!);
    if (next !== undefined) return new this.#method.trial(this.#ends(), next);
    this.done = this.#found.length === this.#options.frameSizes.length;
    if (!this.done) this.#generator = this.#startSize();
    return undefined;
  }

  #startSize(): Generator {
    const { frameSizes, frames, burstSize, destination = this.#rx.mac } = this.#options;
    const sizes = frameSizes[this.#found.length]!;
    this.#found.push({ sizes, trials: [] });
    return new Generator(this.#pool, [this.#tx], {
      traffic: { ...frames, sizes: sizes.sizes },
      burstSize,
      destinations: [destination],
      bursts: this.bursts,
    });
  }

  #ends(): TrialEnds {
    return {
      pool: this.#pool,
      tx: this.#tx,
      rx: this.#rx,
      generator: this.#generator,
      burst: this.#burst,
      settleMs: this.#options.settleMs,
    };
  }
}
