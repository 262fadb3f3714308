/** How much more one group has than another. */
export interface RatioEstimate {
  /** The median of all ratios between a value of the one and a value of the other (Hodges and Lehmann). */
  ratio: number;
  /** Where the true ratio lies, with that confidence. */
  low: number;
  high: number;
  /** At least what was asked for, or less when there are too few values for it: 0 for one on each side. */
  confidence: number;
}

/**
 * The ratio of `after` to `before`, from ranks alone: neither a distribution is assumed nor does an outlier weigh more than any other
 * value. The interval is the one that inverts Mann and Whitney's test; Hollander and Wolfe, Nonparametric Statistical Methods, 4.3.
 */
export function estimateRatio(
  before: readonly number[],
  after: readonly number[],
  confidence: number,
): RatioEstimate {
  const ratios = after.flatMap((value) => before.map((base) => ratioOf(value, base))).sort((a, b) => a - b);
  const { rank, reached } = intervalRank(before.length, after.length, confidence);
  return {
    ratio: median(ratios),
    low: ratios[rank - 1]!,
    high: ratios[ratios.length - rank]!,
    confidence: reached,
  };
}

/** Of nothing to nothing it is 1, and of something to nothing without bound. */
function ratioOf(value: number, base: number): number {
  if (base === 0) return value === 0 ? 1 : Number.POSITIVE_INFINITY;
  return value / base;
}

/** @param sorted Not empty. */
export function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)]!;
  return sorted[middle - 1]! / 2 + sorted[middle]! / 2; // their sum may be beyond all numbers
}

/** The greatest rank from either end that keeps the confidence; 1, the whole range, when none does. */
function intervalRank(m: number, n: number, confidence: number): { rank: number; reached: number } {
  const counts = arrangements(m, n);
  const all = counts.reduce((sum, count) => sum + count, 0);
  let outside = counts[0]!;
  let rank = 1;
  // The middle of the distribution is never reached: half of all lies below it.
  while ((outside + counts[rank]!) / all <= (1 - confidence) / 2) outside += counts[rank++]!;
  return { rank, reached: Math.max(0, 1 - (2 * outside) / all) };
}

/** For each value of Mann and Whitney's U, in how many orders of m and n values it comes up. */
export function arrangements(m: number, n: number): number[] {
  // The greatest value is one of the m, and then exceeds all of the n, or one of the n.
  let row = Array.from({ length: n + 1 }, () => [1]);
  for (let i = 1; i <= m; i++) {
    const next: number[][] = [[1]];
    for (let j = 1; j <= n; j++) {
      const [ofM, ofN] = [row[j]!, next[j - 1]!];
      next.push(Array.from({ length: i * j + 1 }, (_, u) => (ofM[u - j] ?? 0) + (ofN[u] ?? 0)));
    }
    row = next;
  }
  return row[n]!;
}
