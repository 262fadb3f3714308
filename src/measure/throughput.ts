import { type NamedSizes, sizeLabel } from '../traffic/sizes.ts';
import type { SearchGoal } from '../trials/load-classification.ts';
import { type GoalResult, nextTrial, type SearchConfig, searchResults } from '../trials/search.ts';
import { type TrialResult, TrialRun } from './trial.ts';
import {
  headOf,
  lineRatePps,
  type SizeHead,
  type SizeTrials,
  type TrialEnds,
  type TrialPlan,
} from './trial-series.ts';
import type { WorkReport } from './work.ts';

export interface ThroughputOptions {
  goals: readonly SearchGoal[];
  /** Frames per second at most; default: line rate. */
  maxLoad?: number | undefined;
  maxTrials: number;
}

/** The throughput that was found for one size of frames, or one mix of sizes. */
export interface SizeResult extends SizeHead {
  goals: GoalResult[];
  trials: TrialResult[];
}

/** Searches for the throughput. */
export class ThroughputPlan implements TrialPlan<TrialResult> {
  readonly #options: ThroughputOptions;

  constructor(options: ThroughputOptions) {
    this.#options = options;
  }

  next({ sizes, trials }: SizeTrials<TrialResult>, ends: TrialEnds): TrialRun | undefined {
    const next = nextTrial(this.#configOf(sizes), trials);
    return next && new TrialRun(ends, next);
  }

  report(found: readonly SizeTrials<TrialResult>[]): WorkReport {
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
