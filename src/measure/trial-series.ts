import type { Burst } from '../core/burst.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import { fcsBytes, wireOverheadBytes } from '../net/ethernet.ts';
import { lineRateBitsPerSecond } from '../pacing/rate.ts';
import { meanBytes, type NamedSizes, type Sizes } from '../traffic/sizes.ts';
import type { FrameSpec } from '../traffic/traffic.ts';
import { BurstSizes } from './burst-sizes.ts';
import { Generator } from './generate.ts';
import type { Work, WorkReport } from './work.ts';

/** The two ends of what is measured. Only the generator sends on the one, and only the trial receives from the other. */
export interface TrialEnds {
  pool: Pool;
  tx: Port;
  rx: Port;
  generator: Generator;
  /** Of the pool, to receive into. */
  burst: Burst;
  /** How long the last frames are waited for after the last one that came. */
  settleMs: number;
}

/** What is polled until it has a result. */
export interface PolledTrial<Result> {
  round(budget: number): number;
  readonly result: Result | undefined;
}

/** One size of frames, or one mix of sizes, and its trials so far. */
export interface SizeTrials<Result> {
  sizes: NamedSizes;
  trials: Result[];
}

/** What trials are made, and what is made of them. */
export interface TrialPlan<Result> {
  /** The next trial with frames of these sizes; undefined when there is nothing left to find out. */
  next(found: SizeTrials<Result>, ends: TrialEnds): PolledTrial<Result> | undefined;
  report(found: readonly SizeTrials<Result>[]): WorkReport;
}

export interface TrialSeriesOptions {
  frameSizes: readonly NamedSizes[];
  frames: FrameSpec;
  settleMs: number;
  burstSize: number;
  /** MAC address that frames go to; default: that of the port where they come out. */
  destination?: string | undefined;
}

/** What every result for one size begins with. */
export interface SizeHead {
  /** As it was asked for: `64`, `imix`. */
  size: string;
  /** With FCS, as RFC 2544 counts them; of a mix, the mean. */
  frameBytes: number;
  lineRatePps: number;
}

/** Makes a plan's trials between two ports, one frame size after the other. */
export class TrialSeries<Result> implements Work {
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
  readonly #plan: TrialPlan<Result>;
  readonly #burst: Burst;
  readonly #found: SizeTrials<Result>[] = [];
  #generator: Generator;
  #trial: PolledTrial<Result> | undefined;

  constructor(pool: Pool, [tx, rx]: readonly Port[], plan: TrialPlan<Result>, options: TrialSeriesOptions) {
    this.#pool = pool;
    this.#tx = tx!;
    this.#rx = rx!;
    this.#options = options;
    this.#plan = plan;
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

  async finish(): Promise<WorkReport> {
    return this.#plan.report(this.#found);
  }

  #startTrial(): PolledTrial<Result> | undefined {
    const next = this.#plan.next(this.#found.at(-1)!, this.#ends());
    if (next !== undefined) return next;
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

/** Frames per second that fill the wire. */
export function lineRatePps(sizes: Sizes): number {
  return lineRateBitsPerSecond / ((meanBytes(sizes) + wireOverheadBytes) * 8);
}

export function headOf({ name, sizes }: NamedSizes): SizeHead {
  return { size: name, frameBytes: meanBytes(sizes) + fcsBytes, lineRatePps: lineRatePps(sizes) };
}
