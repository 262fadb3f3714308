import type { Details } from '../results/details.ts';
import type { EchoCounts } from '../results/echo-counts.ts';
import { decimal, group, mega, shortAddress, sizeName } from '../results/figures.ts';
import type { LatencyResult, LoadedLatency } from '../results/latency-result.ts';
import type { PortRate } from '../results/port-rate.ts';
import type { GoalResult, SizeResult } from '../results/throughput-result.ts';
import { alignColumns } from './table.ts';
import { backToBackTable, lossTable } from './trial-tables.ts';

/** What a command found beside what its ports moved, for people. */
export function detailLines(details: Details, width: number): string[] {
  const {
    rate = [],
    throughput = [],
    loss = [],
    burst = [],
    echo = [],
    latency,
    latencyUnderLoad = latency ? [latency] : [],
  } = details;
  return [
    ...rate.map(rateLine),
    ...throughputTable(throughput, width),
    ...lossTable(loss, width),
    ...backToBackTable(burst, width),
    ...echo.map(echoLine),
    ...(latencyUnderLoad.length > 0 ? latencyLines(latencyUnderLoad, width) : []),
  ];
}

function echoLine({ address, arp, ping, neighbor, ping6, ignored }: EchoCounts): string {
  const counts = [`${group(arp)} ARP requests`, `${group(ping)} pings`];
  if (neighbor + ping6 > 0) counts.push(`${group(neighbor)} solicitations and ${group(ping6)} pings of IPv6`);
  return `${shortAddress(address)}: answered ${counts.join(', ')}; ${group(ignored)} other frames`;
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
  const lateness = p99 === null ? '' : `; 99 % left at most ${micros(p99)} µs late`;
  return `${shortAddress(address)}: ${counts.join(', ')}${lateness}`;
}

function throughputTable(sizes: readonly SizeResult[], width: number): string[] {
  if (sizes.length === 0) return [];
  const head = ['frame', 'goal', 'lower bound', 'upper bound', 'forwarded', 'of line rate', 'trials'];
  const rows = sizes.flatMap(({ size, goals, trials, lineRatePps }) =>
    goals.map((result) => [
      sizeName(size),
      result.goal.name,
      ...goalCells(result, lineRatePps),
      group(trials.length),
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
    conditionalThroughput === null ? '-' : `${decimal((100 * conditionalThroughput) / lineRatePps, 1)} %`;
  return [figure(relevantLowerBound), figure(relevantUpperBound), figure(conditionalThroughput), share];
}

function latencyLines(results: readonly LatencyResult[], width: number): string[] {
  const head = ['µs', 'min', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max'];
  const rows = results.map((result) => {
    const { min, p50, p90, p99, p999, p9999, max } = result.latencyNanoseconds;
    return [latencyLabel(result), ...[min, p50, p90, p99, p999, p9999, max].map(micros)];
  });
  const sum = (figure: (result: LatencyResult) => number) =>
    group(results.reduce((total, result) => total + figure(result), 0));
  const [lost, outOfOrder] = [sum((result) => result.lost), sum((result) => result.outOfOrder)];
  return [
    ...alignColumns([head, ...rows], { width }),
    `${sum(({ sent }) => sent)} probes, ${lost} lost, ${outOfOrder} out of order; from the time at which each was to leave`,
    `${micros(results[0]!.biasNanoseconds)} µs of it is the program's own (median between two software ports)`,
    '',
  ];
}

function latencyLabel(result: LatencyResult | LoadedLatency): string {
  if (!('loadPercent' in result)) return 'latency';
  if (result.load === null) return 'no load';
  const { sent, intended, intendedPps } = result.load;
  return `${result.loadPercent} %: ${mega((intendedPps * sent) / intended)} Mpps`;
}

function micros(ns: number | null): string {
  return ns === null ? '-' : decimal(ns / 1000, 1);
}
