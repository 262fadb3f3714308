import { checkComparable, differingEnvironments } from './comparable.ts';
import { type Metric, metricsOf } from './metrics.ts';
import { estimateRatio, median } from './ranks.ts';
import { DocumentError, type ResultDocument } from './read-results.ts';

export const comparisonSchemaName = 'pmd-bench-compare/1';

/** `regression`: worse by more than is allowed. `none`: the interval has both better and worse in it. */
export type Verdict = 'better' | 'none' | 'worse' | 'regression';

export interface Side {
  files: string[];
}

/** One figure of all runs before, against the same of all runs after. */
export interface MetricComparison {
  name: string;
  unit: Metric['unit'];
  better: Metric['better'];
  /** Of each run, in the files' order. */
  before: number[];
  after: number[];
  medianBefore: number;
  medianAfter: number;
  /** After to before: the median of the ratios of all pairs of runs. Null when it has no bound, because there was nothing before. */
  ratio: number | null;
  /** Where the true ratio lies, with that confidence: the bounds are null where there is none. */
  interval: { low: number | null; high: number | null; confidence: number };
  verdict: Verdict;
}

/** What `pmd-bench compare --json` writes. Fields are added, and never change their meaning. */
export interface Comparison {
  schema: typeof comparisonSchemaName;
  /** Of the results. */
  command: string;
  before: Side;
  after: Side;
  /** The most that a figure may get worse, as a share of what it was. */
  maxRegression: number;
  metrics: MetricComparison[];
  /** What of the environments differs between the sides. */
  differences: string[];
  /** Whether any figure is a regression. */
  regression: boolean;
}

const confidence = 0.95;

/** Compares groups of runs of one command. Throws a {@link DocumentError} for runs that did not measure the same. */
export function compareResults(
  before: readonly ResultDocument[],
  after: readonly ResultDocument[],
  maxRegression: number,
): Comparison {
  checkComparable([...before, ...after]);
  const metrics = commonNames([...before, ...after]).flatMap((name) => {
    const [ours, theirs] = [figuresOf(before, name), figuresOf(after, name)];
    if (ours === undefined || theirs === undefined) return [];
    return compareMetric(ours, theirs, maxRegression);
  });
  return {
    schema: comparisonSchemaName,
    command: before[0]!.results.command,
    before: { files: before.map(({ file }) => file) },
    after: { files: after.map(({ file }) => file) },
    maxRegression,
    metrics,
    differences: differingEnvironments(before, after),
    regression: metrics.some(({ verdict }) => verdict === 'regression'),
  };
}

/** A series of trials that ends when nothing is lost any more has as many as it needed. */
function commonNames(documents: readonly ResultDocument[]): string[] {
  const [first, ...rest] = documents.map(({ results }) => metricsOf(results).map(({ name }) => name));
  const common = first!.filter((name) => rest.every((names) => names.includes(name)));
  if (common.length > 0) return common;
  throw new DocumentError('these results have no figure in common: nothing can be compared');
}

interface Figures {
  metric: Metric;
  values: number[];
}

/** Of each run; undefined for a figure that one of them did not find, such as cycles of a run in which nothing moved. */
function figuresOf(documents: readonly ResultDocument[], name: string): Figures | undefined {
  const found = documents.map(({ file, results }) => {
    return { file, metric: metricsOf(results).find((metric) => metric.name === name)! };
  });
  const values = found.map(({ file, metric }) => {
    // No throughput is one of 0; a latency that nothing had is none.
    if (metric.value === null && metric.unit === 'nanoseconds')
      throw new DocumentError(`${file} can't be compared: no probe came back for '${name}'`);
    return metric.value ?? (metric.unit === 'pps' ? 0 : null);
  });
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? { metric: found[0]!.metric, values: known } : undefined;
}

function compareMetric(before: Figures, after: Figures, maxRegression: number): MetricComparison {
  const { name, unit, better } = before.metric;
  const { ratio, low, high, confidence: reached } = estimateRatio(before.values, after.values, confidence);
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    name,
    unit,
    better,
    before: before.values,
    after: after.values,
    medianBefore: medianOf(before.values),
    medianAfter: medianOf(after.values),
    ratio: finite(ratio),
    interval: { low: finite(low), high: finite(high), confidence: reached },
    verdict: verdictOf(better, { ratio, low, high }, maxRegression),
  };
}

function medianOf(values: readonly number[]): number {
  return median([...values].sort((a, b) => a - b));
}

interface Estimate {
  ratio: number;
  low: number;
  high: number;
}

/** A change counts when the interval leaves no doubt on which side it is, and is a regression by its estimate. */
function verdictOf(better: Metric['better'], { ratio, low, high }: Estimate, maxRegression: number): Verdict {
  if (low <= 1 && high >= 1) return 'none';
  const isWorse = better === 'higher' ? high < 1 : low > 1;
  if (!isWorse) return 'better';
  const loss = better === 'higher' ? 1 - ratio : ratio - 1;
  return loss > maxRegression ? 'regression' : 'worse';
}
