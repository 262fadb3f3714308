import { lineRatePps } from '../pacing/rate.ts';
import type { Outcome } from '../results/outcome.ts';
import type { SearchGoal, SizeResult } from '../results/throughput-result.ts';
import type { TrialResult } from '../results/trial-result.ts';
import { type NamedSizes, sizeLabel } from '../traffic/sizes.ts';
import { headOf } from './size-head.ts';
import { nextTrial, type SearchConfig, searchResults } from './throughput-search.ts';
import type { PlannedTrial, SizeTrials, TrialPlan } from './trial-plan.ts';

export interface ThroughputOptions {
  goals: readonly SearchGoal[];
  /** Frames per second at most; default: line rate. */
  maxLoad?: number | undefined;
  maxTrials: number;
}

/** Searches for the throughput. */
export class ThroughputPlan implements TrialPlan<PlannedTrial, TrialResult> {
  readonly #options: ThroughputOptions;

  constructor(options: ThroughputOptions) {
    this.#options = options;
  }

  next({ sizes, trials }: SizeTrials<TrialResult>): PlannedTrial | undefined {
    return nextTrial(this.#configOf(sizes), trials);
  }

  conclude(found: readonly SizeTrials<TrialResult>[]): Outcome {
    const throughput = found.map(
      ({ sizes, trials }): SizeResult => ({
        ...headOf(sizes),
        goals: searchResults(this.#configOf(sizes), trials),
        trials,
      }),
    );
    return { details: { throughput }, notes: throughput.flatMap(notesOf) };
  }

  #configOf({ sizes }: NamedSizes): SearchConfig {
    const { goals, maxTrials, maxLoad = Number.POSITIVE_INFINITY } = this.#options;
    return { goals, maxTrials, maxLoad: Math.floor(Math.min(maxLoad, lineRatePps(sizes))), minLoad: 1 };
  }
}

function notesOf({ size, goals }: SizeResult): string[] {
  return goals.flatMap(({ goal, irregular }) =>
    irregular === null ? [] : [`${sizeLabel(size)}, ${goal.name}: ${irregular}`],
  );
}
