// 256 buckets per power of two: a value is known to 0.4 %. Up to 511 each value has a bucket of its own.
const subBuckets = 256;
const subBucketBits = 8;
const maxExponent = 43;
const maxValue = 2 ** (maxExponent + 1) - 1;

/** In the terms of HdrHistogram: the first bucket has all of the sub-buckets, each later one the upper half. */
export const histogramLayout = { buckets: maxExponent - subBucketBits, subBuckets: 2 * subBuckets } as const;

/** Where values lie, from the least to the most; null for all when there is none. */
export interface Percentiles {
  min: number | null;
  p50: number | null;
  p90: number | null;
  p99: number | null;
  p999: number | null;
  p9999: number | null;
  max: number | null;
  samples: number;
}

/** One step of a {@link Distribution}: `count` of all values are at most `value`. */
export interface DistributionStep {
  /** 0 to 100: the step that was asked for. What the count is of all may be more. */
  percentile: number;
  value: number;
  count: number;
}

/** Where all values lie, in steps that get finer towards the most, as HdrHistogram's percentile iterator has them. */
export interface Distribution {
  /** Null when there is no value. */
  mean: number | null;
  standardDeviation: number | null;
  steps: DistributionStep[];
}

// Of a distribution, each time that the distance to 100 % halves: HdrHistogram's default.
const stepsPerHalving = 5;

/** Counts of values from 0 to 2^44 - 1 (nanoseconds: almost five hours), log-linear. Recording allocates nothing. */
export class Histogram {
  readonly #counts = new Float64Array((maxExponent - subBucketBits + 2) * subBuckets);
  #samples = 0;
  #sum = 0;
  #sumOfSquares = 0;
  #min = maxValue;
  #max = 0;

  get samples(): number {
    return this.#samples;
  }

  /** A value below 0 counts as 0, and one that is too great as the greatest. */
  record(value: number): void {
    const whole = value < 1 ? 0 : value > maxValue ? maxValue : Math.floor(value);
    const index = indexOf(whole);
    this.#counts[index] = this.#counts[index]! + 1;
    this.#samples++;
    this.#sum += whole;
    this.#sumOfSquares += whole * whole;
    if (whole < this.#min) this.#min = whole;
    if (whole > this.#max) this.#max = whole;
  }

  /** The value that `fraction` of all values do not exceed: the greatest of its bucket. Null when there is none. */
  quantile(fraction: number): number | null {
    if (this.#samples === 0) return null;
    // 0.9 * 10 is 9.000000000000002 for some factors, and must not count as the tenth.
    const rank = Math.max(1, Math.ceil(fraction * this.#samples - 1e-9));
    let seen = 0;
    for (let index = 0; index < this.#counts.length; index++) {
      seen += this.#counts[index]!;
      if (seen >= rank) return Math.min(greatestOf(index), this.#max);
    }
    return this.#max;
  }

  percentiles(): Percentiles {
    const none = this.#samples === 0;
    return {
      min: none ? null : this.#min,
      p50: this.quantile(0.5),
      p90: this.quantile(0.9),
      p99: this.quantile(0.99),
      p999: this.quantile(0.999),
      p9999: this.quantile(0.9999),
      max: none ? null : this.#max,
      samples: this.#samples,
    };
  }

  distribution(): Distribution {
    const samples = this.#samples;
    if (samples === 0) return { mean: null, standardDeviation: null, steps: [] };
    const mean = this.#sum / samples;
    const variance = Math.max(0, this.#sumOfSquares / samples - mean * mean);
    return { mean, standardDeviation: Math.sqrt(variance), steps: this.#steps() };
  }

  #steps(): DistributionStep[] {
    const steps: DistributionStep[] = [];
    let percentile = 0;
    let count = 0;
    for (let index = 0; count < this.#samples; index++) {
      const here = this.#counts[index]!;
      if (here === 0) continue;
      count += here;
      const value = Math.min(greatestOf(index), this.#max);
      while (percentile <= (100 * count) / this.#samples) {
        steps.push({ percentile, value, count });
        // A bucket that reaches 100 % would be asked for ever finer steps.
        if (count === this.#samples) break;
        percentile = nextPercentile(percentile);
      }
    }
    steps.push({ percentile: 100, value: this.#max, count });
    return steps;
  }
}

/** So many steps lie between each percentile and the next one that is half as far from 100. */
function nextPercentile(percentile: number): number {
  const halvings = Math.floor(Math.log2(100 / (100 - percentile))) + 1;
  return percentile + 100 / (stepsPerHalving * 2 ** halvings);
}

/** `value` is a safe integer: beyond 32 bits, where shifts do not reach, by division. */
function indexOf(value: number): number {
  const high = Math.floor(value / 2 ** 32);
  const exponent = high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(value);
  const shift = exponent > subBucketBits ? exponent - subBucketBits : 0;
  return shift * subBuckets + Math.floor(value / 2 ** shift);
}

function greatestOf(index: number): number {
  if (index < 2 * subBuckets) return index;
  const shift = Math.floor(index / subBuckets) - 1;
  return (index - shift * subBuckets + 1) * 2 ** shift - 1;
}
