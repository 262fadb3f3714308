import type { Results } from '../measure/results.ts';
import { sizeName } from './figures.ts';
import { latenciesOf } from './latencies.ts';

/** One figure of a result that can be compared with the same of another. */
export interface Metric {
  /** What tells it from the others of its document. */
  name: string;
  unit: 'pps' | 'nanoseconds' | 'cycles';
  better: 'higher' | 'lower';
  /** Null when the run did not find one. */
  value: number | null;
}

const receiving = new Set(['rx', 'capture']);
const sending = new Set(['tx', 'replay']);

/** What a result says of how good a system is, the most telling first. */
export function metricsOf(results: Results): Metric[] {
  const { details, cyclesPerPacket } = results;
  const found = [...throughputOf(details), ...latencyOf(details)];
  if (found.length > 0) return found;
  return [
    ...ratesOf(results),
    { name: 'cycles per packet', unit: 'cycles', better: 'lower', value: cyclesPerPacket },
  ];
}

function ratesOf({ command, ports }: Results): Metric[] {
  const sum = (field: 'rxPps' | 'txPps') => ports.reduce((total, port) => total + port[field], 0);
  const rate = (name: string, value: number): Metric => ({ name, unit: 'pps', better: 'higher', value });
  return [
    ...(sending.has(command) ? [] : [rate('received', sum('rxPps'))]),
    ...(receiving.has(command) ? [] : [rate('sent', sum('txPps'))]),
  ];
}

function throughputOf({ throughput = [] }: Results['details']): Metric[] {
  return throughput.flatMap(({ size, goals }) =>
    goals.map(
      ({ goal, conditionalThroughput }): Metric => ({
        name: `throughput, ${sizeName(size)}, ${goal.name}`,
        unit: 'pps',
        better: 'higher',
        value: conditionalThroughput,
      }),
    ),
  );
}

const percentileNames = { p50: 'p50', p90: 'p90', p99: 'p99', p999: 'p99.9' } as const;

function latencyOf(details: Results['details']): Metric[] {
  return latenciesOf(details).flatMap(({ name, result: { latencyNanoseconds } }) =>
    (['p50', 'p90', 'p99', 'p999'] as const).map(
      (percentile): Metric => ({
        name: ['latency', ...(name === '' ? [] : [name]), percentileNames[percentile]].join(', '),
        unit: 'nanoseconds',
        better: 'lower',
        value: latencyNanoseconds[percentile],
      }),
    ),
  );
}
