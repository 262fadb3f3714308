import type { Details } from '../measure/details.ts';
import type { LatencyResult } from '../measure/latency.ts';
import type { PortRate } from '../measure/rate-report.ts';
import type { GoalResult } from '../measure/search.ts';
import type { SizeResult } from '../measure/throughput.ts';
import { group, mega, shortAddress } from './figures.ts';
import { alignColumns } from './table.ts';

/** What a command found beside what its ports moved, for people. */
export function detailLines({ rate = [], throughput = [], latency }: Details, width: number): string[] {
  return [
    ...rate.map(rateLine),
    ...throughputTable(throughput, width),
    ...(latency ? latencyLines(latency, width) : []),
  ];
}

function rateLine(rate: PortRate): string {
  const { address, intendedPps, intended, offered, sent, received, deviationNanoseconds } = rate;
  const counts = [
    `intended ${group(intended)} at ${mega(intendedPps)} Mpps`,
    `offered ${group(offered)}`,
    `sent ${group(sent)}`,
    ...(received === null ? [] : [`received ${group(received)}`]),
  ];
  const { p99 } = deviationNanoseconds;
  const lateness = p99 === null ? '' : `; 99 % left at most ${(p99 / 1000).toFixed(1)} µs late`;
  return `${shortAddress(address)}: ${counts.join(', ')}${lateness}`;
}

function throughputTable(sizes: readonly SizeResult[], width: number): string[] {
  if (sizes.length === 0) return [];
  const head = ['frame', 'goal', 'lower bound', 'upper bound', 'forwarded', 'of line rate', 'trials'];
  const rows = sizes.flatMap(({ size, goals, trials, lineRatePps }) =>
    goals.map((result) => [
      /^\d+$/.test(size) ? `${size} B` : size,
      result.goal.name,
      ...goalCells(result, lineRatePps),
      `${trials.length}`,
    ]),
  );
  return [...alignColumns([head, ...rows], { width }), 'loads are frames per second', ''];
}

function goalCells(
  { relevantLowerBound, relevantUpperBound, conditionalThroughput }: GoalResult,
  lineRatePps: number,
): string[] {
  const figure = (load: number | null) => (load === null ? '-' : group(Math.round(load)));
  const share =
    conditionalThroughput === null ? '-' : `${((100 * conditionalThroughput) / lineRatePps).toFixed(1)} %`;
  return [figure(relevantLowerBound), figure(relevantUpperBound), figure(conditionalThroughput), share];
}

function latencyLines(
  { latencyNanoseconds, biasNanoseconds, sent, lost, outOfOrder }: LatencyResult,
  width: number,
): string[] {
  const micros = (ns: number | null) => (ns === null ? '-' : (ns / 1000).toFixed(1));
  const { min, p50, p90, p99, p999, p9999, max } = latencyNanoseconds;
  return [
    ...alignColumns(
      [
        ['µs', 'min', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max'],
        ['latency', ...[min, p50, p90, p99, p999, p9999, max].map(micros)],
      ],
      { width },
    ),
    `${group(sent)} probes, ${group(lost)} lost, ${group(outOfOrder)} out of order; from the time at which each was to leave`,
    `${micros(biasNanoseconds)} µs of it is the program's own (median between two software ports)`,
    '',
  ];
}
