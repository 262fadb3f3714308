import type { Outcome } from '../results/outcome.ts';
import type { Trial } from '../results/trial-result.ts';
import type { NamedSizes } from '../traffic/sizes.ts';

/** One size of frames, or one mix of sizes, and its trials so far. */
export interface SizeTrials<Result> {
  sizes: NamedSizes;
  trials: Result[];
}

/** A trial to be made under a load. */
export type PlannedTrial = Pick<Trial, 'load' | 'durationSeconds'>;

/** What trials are made, and what is made of them. It knows what a trial is to find out, and not how it is made. */
export interface TrialPlan<Next, Result> {
  /** The next trial with frames of these sizes; undefined when there is nothing left to find out. */
  next(found: SizeTrials<Result>): Next | undefined;
  conclude(found: readonly SizeTrials<Result>[]): Outcome;
}
