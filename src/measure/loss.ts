import { framesPerSecond, type Rate } from '../pacing/rate.ts';
import { type NamedSizes, sequenceOf, sizeLabel } from '../traffic/sizes.ts';
import { type TrialResult, TrialRun } from './trial.ts';
import { headOf, type SizeHead, type SizeTrials, type TrialEnds, type TrialPlan } from './trial-series.ts';
import type { WorkReport } from './work.ts';

export interface LossOptions {
  /** A trial at each, in this order. */
  rates: readonly Rate[];
  durationSeconds: number;
  /** End the series of a size after so many trials in a row that lost nothing; undefined: make all of them. */
  untilLossless?: number | undefined;
}

/** What was lost with one size of frames, or one mix of sizes: a trial for each rate. */
export interface SizeLoss extends SizeHead {
  trials: TrialResult[];
}

/** Finds what is lost at fixed rates: RFC 2544's frame loss rate. */
export class LossPlan implements TrialPlan<TrialResult> {
  readonly #options: LossOptions;

  constructor(options: LossOptions) {
    this.#options = options;
  }

  next({ sizes, trials }: SizeTrials<TrialResult>, ends: TrialEnds): TrialRun | undefined {
    const { rates, durationSeconds } = this.#options;
    const rate = rates[trials.length];
    if (rate === undefined || this.#isOver(trials)) return undefined;
    return new TrialRun(ends, { load: wholeFramesPerSecond(rate, sizes), durationSeconds });
  }

  #isOver(trials: readonly TrialResult[]): boolean {
    const { untilLossless } = this.#options;
    if (untilLossless === undefined || trials.length < untilLossless) return false;
    return trials.slice(-untilLossless).every(({ lossRatio }) => lossRatio === 0);
  }

  report(found: readonly SizeTrials<TrialResult>[]): WorkReport {
    const loss = found.map(({ sizes, trials }): SizeLoss => ({ ...headOf(sizes), trials }));
    return { details: { loss }, notes: found.flatMap((size) => this.#notesOf(size)) };
  }

  #notesOf({ sizes, trials }: SizeTrials<TrialResult>): string[] {
    if (trials.length === this.#options.rates.length || this.#isOver(trials)) return [];
    return [`${sizeLabel(sizes.name)}: ended before all trials were made`];
  }
}

function wholeFramesPerSecond(rate: Rate, { sizes }: NamedSizes): number {
  const sequence = sequenceOf(sizes);
  const bytes = sequence.reduce((sum, size) => sum + size, 0);
  const { numerator, denominator } = framesPerSecond(rate, { frames: sequence.length, bytes });
  return Math.max(1, Math.round(numerator / denominator));
}
