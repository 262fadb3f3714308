import type { BurstTrial } from '../results/back-to-back-result.ts';

export interface BackToBackConfig {
  /** The longest to try. */
  maxFrames: number;
  /** How near the longest without loss and the shortest with some must be, as a share of the latter. */
  width: number;
  /** Searches to be made, one after the other. */
  repeats: number;
}

/** Bounds of one search: the longest burst that lost nothing, and the shortest that lost something. */
interface Bounds {
  lossless: number;
  lossy: number | undefined;
}

/**
 * RFC 2544's back-to-back frames as a function of the trials so far: how long the next burst is, or undefined when all searches are
 * made. The longest first, then halving what is between the bounds. It keeps no state and knows no clock.
 */
export function nextLength(config: BackToBackConfig, trials: readonly BurstTrial[]): number | undefined {
  const searches = searchesOf(config, trials);
  const last = searches.at(-1);
  if (last === undefined || isOver(config, last))
    return searches.length < config.repeats ? config.maxFrames : undefined;
  return between(last);
}

/** Of each search that came to its end: the longest burst that lost nothing. */
export function longestLossless(config: BackToBackConfig, trials: readonly BurstTrial[]): number[] {
  return searchesOf(config, trials)
    .filter((bounds) => isOver(config, bounds))
    .map(({ lossless }) => lossless);
}

function searchesOf(config: BackToBackConfig, trials: readonly BurstTrial[]): Bounds[] {
  const searches: Bounds[] = [];
  for (const { frames, received } of trials) {
    let bounds = searches.at(-1);
    if (bounds === undefined || isOver(config, bounds)) {
      bounds = { lossless: 0, lossy: undefined };
      searches.push(bounds);
    }
    // More than was sent is no better than less: it was not forwarding.
    if (received === frames) bounds.lossless = frames;
    else bounds.lossy = frames;
  }
  return searches;
}

function isOver({ maxFrames, width }: BackToBackConfig, { lossless, lossy }: Bounds): boolean {
  if (lossless === maxFrames) return true;
  return lossy !== undefined && lossy - lossless <= Math.max(1, Math.floor(lossy * width));
}

function between({ lossless, lossy = 0 }: Bounds): number {
  return lossless + Math.floor((lossy - lossless) / 2);
}
