/** The value in the middle; of an even number, between the two. `values` is not empty. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Where the true median lies, with 95 % confidence or more; with fewer than six values, their range. */
export interface MedianInterval {
  median: number;
  low: number;
  high: number;
}

/**
 * The median of independent values and its interval by the sign test: it is bounded by the k-th value from either end,
 * where chance puts fewer than k of n values on one side less often than 2.5 %. Nothing is assumed of how they are
 * distributed, which matters on a machine that others use as well.
 */
export function medianInterval(values: ArrayLike<number>): MedianInterval {
  const sorted = Float64Array.from(values).sort();
  const rank = Math.max(1, signTestRank(sorted.length));
  return { median: median(sorted), low: sorted[rank - 1]!, high: sorted[sorted.length - rank]! };
}

/** The greatest k with P(Binomial(n, 1/2) < k) <= 0.025; 0 when there is none. */
export function signTestRank(n: number): number {
  let probability = 2 ** -n; // of exactly k successes, from k = 0 on
  let below = 0;
  let k = 0;
  while (below + probability <= 0.025) {
    below += probability;
    probability *= (n - k) / (k + 1);
    k++;
  }
  return k;
}
