import type { Comparison, MetricComparison, Verdict } from '../documents/compare.ts';
import { figureOf } from '../documents/metrics.ts';
import { decimal } from '../results/figures.ts';
import { paint, terminalWidth } from './style.ts';
import { alignColumns, wrapLine } from './table.ts';

const words: Record<Verdict, string> = {
  better: 'better',
  none: 'no difference shown',
  worse: 'worse',
  regression: 'REGRESSION',
};

/** The comparison for people. */
export function formatComparison(comparison: Comparison, stream: NodeJS.WriteStream): string {
  const { metrics } = comparison;
  const width = terminalWidth(stream);
  const table = alignColumns(
    [['figure', 'before', 'after', 'change', 'interval', ''], ...metrics.map(rowOf)],
    {
      width,
      paintHead: (text) => paint(stream, 'bold', text),
    },
  );
  const lines = table.map((line) =>
    line.replace(words.regression, (word) => paint(stream, ['bold', 'red'], word)),
  );
  return [...lines, '', ...notesOf(comparison).flatMap((line) => wrapLine(line, width)), ''].join('\n');
}

function rowOf(metric: MetricComparison): string[] {
  const { name, medianBefore, medianAfter, ratio, interval, verdict } = metric;
  return [
    name,
    figure(metric, medianBefore),
    figure(metric, medianAfter),
    percent(ratio),
    interval.confidence === 0 ? '-' : `${percent(interval.low)} to ${percent(interval.high)}`,
    words[verdict],
  ];
}

function figure(metric: MetricComparison, median: number): string {
  const { value, unit } = figureOf(metric.unit, median);
  return `${value} ${unit}`;
}

function percent(ratio: number | null): string {
  if (ratio === null) return 'from 0';
  const change = 100 * (ratio - 1);
  if (!Number.isFinite(change)) return 'from next to 0';
  return `${change < 0 ? '-' : '+'}${decimal(Math.abs(change), 1)} %`;
}

function notesOf({ metrics, before, after, maxRegression, differences }: Comparison): string[] {
  const [runsBefore, runsAfter] = [before.files.length, after.files.length];
  const confidence = metrics[0]?.interval.confidence ?? 0;
  const runs = `medians of ${runsBefore} before and ${runsAfter} after`;
  const allowed = `a regression is worse by more than ${Number((maxRegression * 100).toPrecision(6))} %`;
  return [
    confidence === 0
      ? `${runs}; ${allowed}`
      : `${runs}, ${decimal(confidence * 100, 1)} % confidence; ${allowed}`,
    ...(confidence < 0.95 ? ['these are too few runs for 95 % confidence: four on each side have it'] : []),
    ...differences.map((difference) => `differs: ${difference}`),
  ];
}
