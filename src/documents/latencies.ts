import type { Details } from '../results/details.ts';
import type { LatencyResult } from '../results/latency-result.ts';

/** One of the latencies that a result has. */
export interface NamedLatency {
  /** What tells it from the others; empty when there is none. */
  name: string;
  result: LatencyResult;
}

/** All latencies of a result: one, or one for each load. */
export function latenciesOf({ latency, latencyUnderLoad = [] }: Details): NamedLatency[] {
  if (latencyUnderLoad.length > 1)
    return latencyUnderLoad.map((result) => ({ name: loadName(result.loadPercent), result }));
  return latency === undefined ? [] : [{ name: '', result: latency }];
}

function loadName(percent: number): string {
  return percent === 0 ? 'no load' : `${percent} % load`;
}
