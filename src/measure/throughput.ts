import type { Pool, Port } from '../index.ts';
import { BurstSizes } from './burst-sizes.ts';
import { fcsBytes, wireOverheadBytes } from './ethernet.ts';
import { Generator } from './generate.ts';
import type { SearchGoal } from './load-classification.ts';
import { lineRateBitsPerSecond } from './rate.ts';
import { type GoalResult, nextTrial, type SearchConfig, searchResults } from './search.ts';
import { meanBytes, type NamedSizes, type Sizes, sizeLabel } from './sizes.ts';
import type { FrameSpec } from './traffic.ts';
import { type TrialEnds, type TrialResult, TrialRun } from './trial.ts';
import type { Work, WorkReport } from './work.ts';

export interface ThroughputOptions {
  frameSizes: readonly NamedSizes[];
  frames: FrameSpec;
  goals: readonly SearchGoal[];
  /** Frames per second at most; default: line rate. */
  maxLoad?: number | undefined;
  maxTrials: number;
  settleMs: number;
  burstSize: number;
}

/** What was found for one size of frames, or one mix of sizes. */
export interface SizeResult {
  /** As it was asked for: `64`, `imix`. */
  size: string;
  /** With FCS, as RFC 2544 counts them; of a mix, the mean. */
  frameBytes: number;
  lineRatePps: number;
  goals: GoalResult[];
  trials: TrialResult[];
}

/** Searches for the throughput between two ports, one frame size after the other. */
export class ThroughputSearch implements Work {
  // A load above the throughput is no fault of the far end's, and needs no explanation.
  readonly sends = true;
  readonly txDropped: readonly number[] = [0, 0];
  done = false;
  readonly bursts = new BurstSizes();
  readonly #pool: Pool;
  readonly #tx: Port;
  readonly #rx: Port;
  readonly #options: ThroughputOptions;
  readonly #burst: TrialEnds['burst'];
  readonly #found: { sizes: NamedSizes; config: SearchConfig; trials: TrialResult[] }[] = [];
  #generator: Generator;
  #run: TrialRun | undefined;

  constructor(pool: Pool, tx: Port, rx: Port, options: ThroughputOptions) {
    this.#pool = pool;
    this.#tx = tx;
    this.#rx = rx;
    this.#options = options;
    this.#burst = pool.createBurst(options.burstSize);
    this.#generator = this.#startSize();
  }

  get pause(): string | undefined {
    return this.#run === undefined ? undefined : 'the search waits for the last frames of a trial';
  }

  round(budget: number): number {
    this.#run ??= this.#startTrial();
    if (this.#run === undefined) return 0;
    const moved = this.#run.round(budget);
    const { result } = this.#run;
    if (result !== undefined) {
      this.#found.at(-1)!.trials.push(result);
      this.#run = undefined;
    }
    return moved;
  }

  release(): void {
    this.#generator.release();
    this.#burst.release();
  }

  async finish(): Promise<WorkReport> {
    const sizes = this.#found.map(
      ({ sizes, config, trials }): SizeResult => ({
        size: sizes.name,
        frameBytes: meanBytes(sizes.sizes) + fcsBytes,
        lineRatePps: lineRatePps(sizes.sizes),
        goals: searchResults(config, trials),
        trials,
      }),
    );
    return { details: { throughput: sizes }, notes: sizes.flatMap(notesOf) };
  }

  #startTrial(): TrialRun | undefined {
    const { config, trials } = this.#found.at(-1)!;
    const next = nextTrial(config, trials);
    if (next !== undefined) return new TrialRun(this.#ends(), next);
    this.done = this.#found.length === this.#options.frameSizes.length;
    if (!this.done) this.#generator = this.#startSize();
    return undefined;
  }

  #startSize(): Generator {
    const { goals, maxTrials, frameSizes, frames, maxLoad, burstSize } = this.#options;
    const sizes = frameSizes[this.#found.length]!;
    const most = Math.floor(Math.min(maxLoad ?? Number.POSITIVE_INFINITY, lineRatePps(sizes.sizes)));
    this.#found.push({ sizes, config: { goals, maxTrials, maxLoad: most, minLoad: 1 }, trials: [] });
    return new Generator(this.#pool, [this.#tx], {
      traffic: { ...frames, sizes: sizes.sizes },
      burstSize,
      destinations: [this.#rx.mac],
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

function notesOf({ size, goals }: SizeResult): string[] {
  return goals.flatMap(({ goal, irregular }) =>
    irregular === null ? [] : [`${sizeLabel(size)}, ${goal.name}: ${irregular}`],
  );
}
