import type { Distribution, DistributionStep, Percentiles } from '../pacing/histogram.ts';
import { histogramLayout } from '../pacing/histogram.ts';

/** What a percentile distribution is written from. */
export interface DistributionSource {
  latencyNanoseconds: Percentiles;
  distribution: Distribution;
}

// Values are microseconds, whose three decimals are the nanoseconds.
const nanosecondsPerUnit = 1000;

/** HdrHistogram's text of a percentile distribution (.hgrm), which its plotters read. Values are microseconds. */
export function formatHgrm({ latencyNanoseconds, distribution }: DistributionSource): string {
  const { max, samples } = latencyNanoseconds;
  const { mean, standardDeviation, steps } = distribution;
  const { buckets, subBuckets } = histogramLayout;
  return [
    '       Value     Percentile TotalCount 1/(1-Percentile)',
    '',
    ...steps.map(line),
    `#[Mean    = ${figure(mean)}, StdDeviation   = ${figure(standardDeviation)}]`,
    `#[Max     = ${figure(max)}, Total count    = ${String(samples).padStart(12)}]`,
    `#[Buckets = ${String(buckets).padStart(12)}, SubBuckets     = ${String(subBuckets).padStart(12)}]`,
    '',
  ].join('\n');
}

function line({ percentile, value, count }: DistributionStep): string {
  const start = `${figure(value)} ${(percentile / 100).toFixed(12)} ${String(count).padStart(10)}`;
  // One in so many values is above; nobody writes infinity here.
  return percentile === 100 ? start : `${start} ${(1 / (1 - percentile / 100)).toFixed(2).padStart(14)}`;
}

function figure(nanoseconds: number | null): string {
  return ((nanoseconds ?? 0) / nanosecondsPerUnit).toFixed(3).padStart(12);
}
