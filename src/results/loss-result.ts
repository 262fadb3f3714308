import type { SizeHead, TrialResult } from './trial-result.ts';

/** What was lost with one size of frames, or one mix of sizes: a trial for each rate. */
export interface SizeLoss extends SizeHead {
  trials: TrialResult[];
}
