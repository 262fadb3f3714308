import type { SizeHead, TrialResult } from './trial-result.ts';

/** What a load must do to be a throughput: RFC 9971's Search Goal. */
export interface SearchGoal {
  name: string;
  /** Trials that are shorter count as hints only. */
  finalTrialSeconds: number;
  /** How long full-length trials at a load last together before it can be a bound. */
  durationSumSeconds: number;
  /** The most that a good trial loses. */
  lossRatio: number;
  /** The most of the time that bad trials may have, below 1. */
  exceedRatio: number;
  /** How near the bounds must be to each other, as a share of the upper one. */
  width: number;
  /** The search begins with trials of this length. Default: the final length at once. */
  initialTrialSeconds?: number | undefined;
}

/** What makes a goal's result something else than two bounds that are near each other. */
export type Irregularity =
  /** Nothing above was tried: the throughput may be more. */
  | 'the maximum load is a lower bound'
  /** No load is known to be good. */
  | 'the minimum load is an upper bound'
  /** The most trials were made, or the caller ended the search. */
  | 'the search ended early';

export interface GoalResult {
  goal: SearchGoal;
  /** The most that is a lower bound, below every upper one; null when there is none. */
  relevantLowerBound: number | null;
  /** The least that is an upper bound; null when there is none. */
  relevantUpperBound: number | null;
  /** Frames per second that are typically forwarded at the lower bound. */
  conditionalThroughput: number | null;
  irregular: Irregularity | null;
}

/** The throughput that was found for one size of frames, or one mix of sizes. */
export interface SizeResult extends SizeHead {
  goals: GoalResult[];
  trials: TrialResult[];
}
