import type { Details } from '../measure/details.ts';
import type { LatencyResult } from '../measure/latency.ts';

/** One of the latencies that a result has. */
export interface NamedLatency {
  /** What tells it from the others; empty when there is none. */
  name: string;
  result: LatencyResult;
}

/** All latencies of a result. */
export function latenciesOf({ latency }: Details): NamedLatency[] {
  return latency === undefined ? [] : [{ name: '', result: latency }];
}
