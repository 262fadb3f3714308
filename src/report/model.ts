import { latenciesOf } from '../documents/latencies.ts';
import type { ResultDocument } from '../documents/read-results.ts';
import type { DistributionStep } from '../pacing/histogram.ts';
import type { SizeBurst } from '../results/back-to-back-result.ts';
import { sizeName } from '../results/figures.ts';
import type { Interval, Results } from '../results/results.ts';
import { mostOf } from './extremes.ts';

/** A result in a report, under a name that no other has. */
export interface Run {
  label: string;
  /** Shown for comparison. */
  isBaseline: boolean;
  results: Results;
}

/** The throughput of one run and goal. */
export interface ThroughputSeries {
  label: string;
  isBaseline: boolean;
  /** By the size as it was asked for. */
  bySize: ReadonlyMap<string, ThroughputPoint>;
}

export interface ThroughputPoint {
  frameBytes: number;
  /** Null when nothing got through. */
  forwardedPps: number | null;
  lowerBound: number | null;
  upperBound: number | null;
  lineRatePps: number;
}

export interface LatencySeries {
  label: string;
  isBaseline: boolean;
  samples: number;
  steps: readonly DistributionStep[];
}

/** Rates of one run: a line for each port and direction that moved anything. */
export interface RateChart {
  label: string;
  endSeconds: number;
  lines: RateLine[];
}

export interface RateLine {
  label: string;
  direction: 'rx' | 'tx';
  /** Index of the port. */
  port: number;
  steps: { fromSeconds: number; toSeconds: number; pps: number }[];
}

export interface BurstChart {
  label: string;
  /** In the order of their sizes; without gaps. */
  bins: BurstBin[];
  packetsPerBurst: number;
}

export interface BurstBin {
  fromPackets: number;
  toPackets: number;
  bursts: number;
}

/** What one run lost with frames of one size. */
export interface LossSeries {
  label: string;
  isBaseline: boolean;
  /** As it was asked for. */
  size: string;
  /** By their rates. */
  points: LossPoint[];
}

export interface LossPoint {
  pps: number;
  /** Of line rate. */
  ratePercent: number;
  lossPercent: number;
  intended: number;
  received: number;
}

/** The longest bursts of one run that lost nothing, on average; by frame size. */
export interface BackToBackSeries {
  label: string;
  isBaseline: boolean;
  sizes: SizeBurst[];
}

/** What a report shows, before it has a form. */
export interface ReportModel {
  runs: Run[];
  /** From the least to the most, mixes last. */
  frameSizes: string[];
  throughput: ThroughputSeries[];
  latency: LatencySeries[];
  loss: LossSeries[];
  backToBack: BackToBackSeries[];
  rates: RateChart[];
  bursts: BurstChart[];
}

export function modelOf(
  documents: readonly ResultDocument[],
  baseline: readonly ResultDocument[] = [],
): ReportModel {
  const runs = namedRuns(documents, baseline);
  const throughput = runs.flatMap(throughputOf);
  const sizes = new Set(throughput.flatMap(({ bySize }) => [...bySize.keys()]));
  const shown = runs.filter(({ isBaseline }) => !isBaseline);
  return {
    runs,
    frameSizes: [...sizes].sort((a, b) => bytesOf(a) - bytesOf(b)),
    throughput,
    latency: runs.flatMap(latencyOf),
    loss: runs.flatMap(lossOf),
    backToBack: runs.flatMap(backToBackOf),
    rates: shown.flatMap(ratesOf),
    bursts: shown.flatMap(burstsOf),
  };
}

function bytesOf(size: string): number {
  return Number.isNaN(Number(size)) ? Number.MAX_VALUE : Number(size);
}

/** By file, without what all have in common; numbered where that is not enough. */
function namedRuns(documents: readonly ResultDocument[], baseline: readonly ResultDocument[]): Run[] {
  const seen = new Map<string, number>();
  const named = ({ file, results }: ResultDocument, isBaseline: boolean): Run => {
    const name = file.replace(/^.*\//, '').replace(/\.(nd)?json$/, '') || results.command;
    const label = isBaseline ? `${name} (baseline)` : name;
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return { label: count === 1 ? label : `${label} #${count}`, isBaseline, results };
  };
  return [
    ...documents.map((document) => named(document, false)),
    ...baseline.map((document) => named(document, true)),
  ];
}

function throughputOf({ label, isBaseline, results }: Run): ThroughputSeries[] {
  const sizes = results.details.throughput ?? [];
  const goals = sizes[0]?.goals ?? [];
  return goals.map(({ goal }, i) => ({
    label: goals.length === 1 ? label : `${label}, ${goal.name}`,
    isBaseline,
    bySize: new Map(
      sizes.flatMap(({ size, frameBytes, lineRatePps, goals }) => {
        const found = goals[i];
        if (found === undefined) return [];
        const { conditionalThroughput, relevantLowerBound, relevantUpperBound } = found;
        const point: ThroughputPoint = {
          frameBytes,
          forwardedPps: conditionalThroughput,
          lowerBound: relevantLowerBound,
          upperBound: relevantUpperBound,
          lineRatePps,
        };
        return [[size, point] as const];
      }),
    ),
  }));
}

function latencyOf({ label, isBaseline, results }: Run): LatencySeries[] {
  return latenciesOf(results.details).flatMap(({ name, result: { latencyNanoseconds, distribution } }) => {
    const { samples } = latencyNanoseconds;
    if (samples === 0 || distribution.steps.length === 0) return [];
    return [
      { label: name === '' ? label : `${label}, ${name}`, isBaseline, samples, steps: distribution.steps },
    ];
  });
}

function lossOf({ label, isBaseline, results }: Run): LossSeries[] {
  const sizes = results.details.loss ?? [];
  return sizes.flatMap(({ size, trials, lineRatePps }) => {
    const points = trials.map(({ load, lossRatio, intended, received }) => ({
      pps: load,
      ratePercent: (100 * load) / lineRatePps,
      lossPercent: 100 * lossRatio,
      intended,
      received,
    }));
    if (points.length === 0) return [];
    points.sort((a, b) => a.ratePercent - b.ratePercent);
    return [{ label: sizes.length === 1 ? label : `${label}, ${sizeName(size)}`, isBaseline, size, points }];
  });
}

function backToBackOf({ label, isBaseline, results }: Run): BackToBackSeries[] {
  const { burst = [] } = results.details;
  return burst.length === 0 ? [] : [{ label, isBaseline, sizes: burst }];
}

/** One interval alone is no course. */
function ratesOf({ label, results: { intervals, ports } }: Run): RateChart[] {
  if (intervals.length < 2) return [];
  const lines = ports.flatMap(({ address }, port) =>
    (['rx', 'tx'] as const).map(
      (direction): RateLine => ({
        label: `${address} ${direction.toUpperCase()}`,
        direction,
        port,
        steps: intervals.map((interval) => stepOf(interval, port, direction)),
      }),
    ),
  );
  const moving = lines.filter(({ steps }) => steps.some(({ pps }) => pps > 0));
  if (moving.length === 0) return [];
  const last = intervals.at(-1)!;
  return [{ label, endSeconds: last.startSeconds + last.durationSeconds, lines: moving }];
}

function stepOf({ startSeconds, durationSeconds, ports }: Interval, port: number, direction: 'rx' | 'tx') {
  const pps = ports[port]?.[`${direction}Pps`] ?? 0;
  return { fromSeconds: startSeconds, toSeconds: startSeconds + durationSeconds, pps };
}

const mostBins = 32;

function burstsOf({ label, results: { burstSizes, packetsPerBurst } }: Run): BurstChart[] {
  const sizes = Object.entries(burstSizes).map(([packets, bursts]) => ({ packets: Number(packets), bursts }));
  const most = mostOf(sizes.map(({ packets }) => packets));
  // All of one size is no distribution.
  if (sizes.length < 2 || packetsPerBurst === null || sizes.every(({ bursts }) => bursts === 0)) return [];
  const width = Math.ceil(most / mostBins);
  const bins = Array.from({ length: Math.ceil(most / width) }, (_, i): BurstBin => {
    const [fromPackets, toPackets] = [i * width + 1, (i + 1) * width];
    const within = sizes.filter(({ packets }) => packets >= fromPackets && packets <= toPackets);
    return { fromPackets, toPackets, bursts: within.reduce((sum, { bursts }) => sum + bursts, 0) };
  });
  return [{ label, bins, packetsPerBurst }];
}
