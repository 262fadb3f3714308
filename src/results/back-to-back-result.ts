import type { SizeHead } from './trial-result.ts';

// RFC 2544 calls what is sent back to back a burst, and so do the command and its documents. Everywhere else a burst is the
// frames of one call.

/** What one burst found. */
export interface BurstTrial {
  /** In the burst. */
  frames: number;
  received: number;
}

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
