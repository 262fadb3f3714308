import { decimal, group, rateUnit, significant, sizeName, timeUnit, withUnit } from '../results/figures.ts';
import type { Results } from '../results/results.ts';
import { latenciesOf } from './latencies.ts';

/** One figure of a result that can be compared with the same of another. */
export interface Metric {
  /** What tells it from the others of its document. */
  name: string;
  unit: 'pps' | 'nanoseconds' | 'cycles' | 'share' | 'frames';
  better: 'higher' | 'lower';
  /** Null when the run did not find one. */
  value: number | null;
}

/** A metric's value as it is shown: `1.49`, `Mpps`. */
export function figureOf(unit: Metric['unit'], value: number): { value: string; unit: string } {
  switch (unit) {
    case 'cycles':
      return { value: decimal(value, 1), unit: 'cycles' };
    case 'frames':
      return { value: group(Math.round(value)), unit: 'frames' };
    case 'share':
      return { value: decimal(100 * value, 2), unit: '%' };
    default: {
      const { name, factor } = unit === 'pps' ? rateUnit(value) : timeUnit(value);
      return { value: significant(value / factor), unit: name };
    }
  }
}

const receiving = new Set(['rx', 'capture']);
const sending = new Set(['tx', 'replay']);

/** What a result says of how good a system is, the most telling first. */
export function metricsOf(results: Results): Metric[] {
  const { details, cyclesPerPacket } = results;
  const found = [
    ...throughputOf(details),
    ...lossOf(details),
    ...backToBackOf(details),
    ...latencyOf(details),
  ];
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

/** What arrived, because a ratio to no loss at all has no bound. */
function lossOf({ loss = [] }: Results['details']): Metric[] {
  return loss.flatMap(({ size, trials }) =>
    trials.map(
      ({ load, lossRatio }): Metric => ({
        name: `delivered, ${sizeName(size)}, ${withUnit(load, rateUnit(load))}`,
        unit: 'share',
        better: 'higher',
        value: 1 - lossRatio,
      }),
    ),
  );
}

function backToBackOf({ burst = [] }: Results['details']): Metric[] {
  return burst.map(({ size, longest }) => ({
    name: `longest burst, ${sizeName(size)}`,
    unit: 'frames',
    better: 'higher',
    value: longest.average,
  }));
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
