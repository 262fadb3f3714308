import { monotonicNs } from '../core/clock.ts';
import { type NamedSizes, sizeLabel } from '../traffic/sizes.ts';
import { type BurstSearchConfig, type BurstTrial, longestBursts, nextBurst } from '../trials/burst-search.ts';
import { ArrivalCounter } from './arrivals.ts';
import {
  headOf,
  lineRatePps,
  type PolledTrial,
  type SizeHead,
  type SizeTrials,
  type TrialEnds,
  type TrialPlan,
} from './trial-series.ts';
import type { WorkReport } from './work.ts';

/** A burst with its books. */
export interface BurstResult extends BurstTrial {
  /** Frames per second at which the port took it; null for a single frame. */
  sentPps: number | null;
}

/** Of the searches' longest bursts; null when none came to its end. */
export interface LongestBursts {
  average: number | null;
  min: number | null;
  max: number | null;
  standardDeviation: number | null;
  /** Of each search. */
  frames: number[];
}

/** The longest burst that loses nothing, of one size of frames, or one mix of sizes. */
export interface SizeBurst extends SizeHead {
  maxFrames: number;
  longest: LongestBursts;
  trials: BurstResult[];
}

export interface BurstOptions {
  /** Seconds at line rate: the longest burst to try, as RFC 2544 has it. */
  maxSeconds: number;
  width: number;
  repeats: number;
}

/** Searches for the longest burst without loss: RFC 2544's back-to-back frames. */
export class BurstPlan implements TrialPlan<BurstResult> {
  readonly #options: BurstOptions;

  constructor(options: BurstOptions) {
    this.#options = options;
  }

  next({ sizes, trials }: SizeTrials<BurstResult>, ends: TrialEnds): BurstRun | undefined {
    const frames = nextBurst(this.#configOf(sizes), trials);
    return frames === undefined ? undefined : new BurstRun(ends, frames);
  }

  report(found: readonly SizeTrials<BurstResult>[]): WorkReport {
    const burst = found.map(({ sizes, trials }): SizeBurst => {
      const config = this.#configOf(sizes);
      const longest = spreadOf(longestBursts(config, trials));
      return { ...headOf(sizes), maxFrames: config.maxFrames, longest, trials };
    });
    return { details: { burst }, notes: burst.flatMap((size) => notesOf(size, this.#options.repeats)) };
  }

  #configOf({ sizes }: NamedSizes): BurstSearchConfig {
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

/** One burst, as fast as the port takes it, polled until it has a result. */
class BurstRun implements PolledTrial<BurstResult> {
  result: BurstResult | undefined;
  readonly #ends: TrialEnds;
  readonly #arrivals: ArrivalCounter;
  readonly #frames: number;
  #sent = 0;
  #startNs = 0;
  #sentNs = 0;
  #quietSinceNs = 0;

  constructor(ends: TrialEnds, frames: number) {
    this.#ends = ends;
    this.#frames = frames;
    this.#arrivals = new ArrivalCounter(ends);
  }

  round(budget: number): number {
    const received = this.#arrivals.receive(budget);
    if (this.#sent === this.#frames) {
      this.#settle(received);
      return received;
    }
    const room = Math.min(budget - received, this.#frames - this.#sent);
    if (room <= 0) return received;
    if (this.#sent === 0) this.#startNs = monotonicNs();
    const sent = this.#ends.generator.round(room);
    this.#sent += sent;
    if (this.#sent === this.#frames) {
      this.#sentNs = monotonicNs();
      this.#quietSinceNs = this.#sentNs;
    }
    return received + sent;
  }

  #settle(received: number): void {
    const nowNs = monotonicNs();
    if (received > 0) this.#quietSinceNs = nowNs;
    const frames = this.#frames;
    if (this.#arrivals.count < frames && nowNs - this.#quietSinceNs < this.#ends.settleMs * 1e6) return;
    const seconds = (this.#sentNs - this.#startNs) / 1e9;
    this.result = {
      frames,
      received: this.#arrivals.count,
      sentPps: frames > 1 && seconds > 0 ? frames / seconds : null,
    };
  }
}
