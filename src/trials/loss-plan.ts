import { framesPerSecond, type Rate } from '../pacing/rate.ts';
import type { SizeLoss } from '../results/loss-result.ts';
import type { Outcome } from '../results/outcome.ts';
import type { TrialResult } from '../results/trial-result.ts';
import { type NamedSizes, sequenceOf, sizeLabel, totalOf } from '../traffic/sizes.ts';
import { headOf } from './size-head.ts';
import type { PlannedTrial, SizeTrials, TrialPlan } from './trial-plan.ts';

export interface LossOptions {
  /** A trial at each, in this order. */
  rates: readonly Rate[];
  durationSeconds: number;
  /** End the series of a size after so many trials in a row that lost nothing; undefined: make all of them. */
  untilLossless?: number | undefined;
}

/** Finds what is lost at fixed rates: RFC 2544's frame loss rate. */
export class LossPlan implements TrialPlan<PlannedTrial, TrialResult> {
  readonly #options: LossOptions;

  constructor(options: LossOptions) {
    this.#options = options;
  }

  next({ sizes, trials }: SizeTrials<TrialResult>): PlannedTrial | undefined {
    const { rates, durationSeconds } = this.#options;
    const rate = rates[trials.length];
    if (rate === undefined || this.#isOver(trials)) return undefined;
    return { load: wholeFramesPerSecond(rate, sizes), durationSeconds };
  }

  #isOver(trials: readonly TrialResult[]): boolean {
    const { untilLossless } = this.#options;
    if (untilLossless === undefined || trials.length < untilLossless) return false;
    return trials.slice(-untilLossless).every(({ lossRatio }) => lossRatio === 0);
  }

  conclude(found: readonly SizeTrials<TrialResult>[]): Outcome {
    const loss = found.map(({ sizes, trials }): SizeLoss => ({ ...headOf(sizes), trials }));
    return { details: { loss }, notes: found.flatMap((size) => this.#notesOf(size)) };
  }

  #notesOf({ sizes, trials }: SizeTrials<TrialResult>): string[] {
    if (trials.length === this.#options.rates.length || this.#isOver(trials)) return [];
    return [`${sizeLabel(sizes.name)}: ended before all trials were made`];
  }
}

function wholeFramesPerSecond(rate: Rate, { sizes }: NamedSizes): number {
  const { numerator, denominator } = framesPerSecond(rate, totalOf(sequenceOf(sizes)));
  return Math.max(1, Math.round(numerator / denominator));
}
