import type { Distribution, Percentiles } from '../pacing/histogram.ts';

/** What became of the load under which probes were sent. */
export interface LoadResult {
  intendedPps: number;
  intended: number;
  offered: number;
  sent: number;
  received: number;
}

/** What probes found; times are nanoseconds. */
export interface LatencyResult {
  sent: number;
  received: number;
  /** Sent and not received by the end. */
  lost: number;
  /** Received after one that was sent later. */
  outOfOrder: number;
  /** From the time at which a probe was to leave: a sender that was held up does not hide what the others would have met. */
  latencyNanoseconds: Percentiles;
  /** The same, in finer steps; values are nanoseconds. */
  distribution: Distribution;
  /** From the time at which it did leave. */
  fromDepartureNanoseconds: Percentiles;
  /** The part of each that is this program's own: the median between two software ports without anything between them. */
  biasNanoseconds: number | null;
  /** Null without any. */
  load: LoadResult | null;
}

/** What probes found amid one load. */
export interface LoadedLatency extends LatencyResult {
  loadPercent: number;
}
