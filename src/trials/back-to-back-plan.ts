import { lineRatePps } from '../pacing/rate.ts';
import type { BurstResult, LongestBursts, SizeBurst } from '../results/back-to-back-result.ts';
import type { Outcome } from '../results/outcome.ts';
import { type NamedSizes, sizeLabel } from '../traffic/sizes.ts';
import { type BackToBackConfig, longestLossless, nextLength } from './back-to-back-search.ts';
import { headOf } from './size-head.ts';
import type { SizeTrials, TrialPlan } from './trial-plan.ts';

export interface BackToBackOptions {
  /** Seconds at line rate: the longest burst to try, as RFC 2544 has it. */
  maxSeconds: number;
  width: number;
  repeats: number;
}

/** Searches for the longest burst without loss: RFC 2544's back-to-back frames. */
export class BackToBackPlan implements TrialPlan<number, BurstResult> {
  readonly #options: BackToBackOptions;

  constructor(options: BackToBackOptions) {
    this.#options = options;
  }

  /** How many frames the next trial sends. */
  next({ sizes, trials }: SizeTrials<BurstResult>): number | undefined {
    return nextLength(this.#configOf(sizes), trials);
  }

  conclude(found: readonly SizeTrials<BurstResult>[]): Outcome {
    const burst = found.map(({ sizes, trials }): SizeBurst => {
      const config = this.#configOf(sizes);
      const longest = spreadOf(longestLossless(config, trials));
      return { ...headOf(sizes), maxFrames: config.maxFrames, longest, trials };
    });
    return { details: { burst }, notes: burst.flatMap((size) => notesOf(size, this.#options.repeats)) };
  }

  #configOf({ sizes }: NamedSizes): BackToBackConfig {
    const { maxSeconds, width, repeats } = this.#options;
    return { maxFrames: Math.max(1, Math.round(lineRatePps(sizes) * maxSeconds)), width, repeats };
  }
}

// Below that share of line rate the frames of a burst were not back to back.
const leastShare = 0.99;

function notesOf({ size, longest, maxFrames, trials, lineRatePps }: SizeBurst, repeats: number): string[] {
  const notes: string[] = [];
  const label = sizeLabel(size);
  if (longest.frames.length < repeats)
    notes.push(`${label}: ended after ${longest.frames.length} of ${repeats} searches`);
  if (longest.max === maxFrames) notes.push(`${label}: the longest burst that was tried lost nothing`);
  const slowest = Math.min(...trials.map(({ sentPps }) => sentPps ?? Number.POSITIVE_INFINITY));
  if (slowest < lineRatePps * leastShare) {
    const percent = Math.floor((100 * slowest) / lineRatePps);
    notes.push(`${label}: the port took bursts at ${percent} % of line rate only`);
  }
  return notes;
}

function spreadOf(frames: number[]): LongestBursts {
  if (frames.length === 0) return { average: null, min: null, max: null, standardDeviation: null, frames };
  const average = frames.reduce((sum, one) => sum + one, 0) / frames.length;
  const variance = frames.reduce((sum, one) => sum + (one - average) ** 2, 0) / frames.length;
  return {
    average,
    min: Math.min(...frames),
    max: Math.max(...frames),
    standardDeviation: Math.sqrt(variance),
    frames,
  };
}
