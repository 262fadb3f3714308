import type { Results } from '../results/results.ts';

// What a schema can't say, or says too late: documents are untrusted, and figures of them are calculated with and shown.
const mostDepth = 64;
const mostFigure = 1e18;
const leastFigure = 1e-12; // above 0: quotients of figures stay numbers
const mostEntries = 1_000_000;
const mostPathLength = 120;

interface Visit {
  value: unknown;
  path: string;
  depth: number;
}

/** Says what no figure or no document can be, or undefined. For any JSON, before it is checked against the schema. */
export function insanityOf(document: unknown): string | undefined {
  const visits: Visit[] = [{ value: document, path: '', depth: 0 }];
  for (let count = 0; visits.length > 0; count++) {
    if (count > mostEntries) return `the document has more than ${mostEntries} values`;
    const { value, path, depth } = visits.pop()!;
    if (typeof value === 'number') {
      const fault = figureFault(value, path);
      if (fault !== undefined) return `${path} ${fault}`;
    }
    if (typeof value !== 'object' || value === null) continue;
    if (depth === mostDepth) return `${path} is nested more than ${mostDepth} deep`;
    for (const [key, child] of Object.entries(value))
      visits.push({ value: child, path: `${path}/${key}`.slice(0, mostPathLength), depth: depth + 1 });
  }
  return undefined;
}

/** What was counted or measured is never negative; options are whatever a command takes. */
function figureFault(value: number, path: string): string | undefined {
  if (Math.abs(value) > mostFigure) return `is beyond ${mostFigure}`;
  if (value !== 0 && Math.abs(value) < leastFigure) return `is nearer to 0 than ${leastFigure}`;
  return value < 0 && !path.startsWith('/options') ? 'is negative' : undefined;
}

/** The same for results of the schema: what would be divided by, or stands for a place on a scale. */
export function insanityOfResults({ burstSizes, details, intervals, ports }: Results): string | undefined {
  const { throughput = [], loss = [] } = details;
  if ([...throughput, ...loss].some(({ lineRatePps }) => lineRatePps <= 0))
    return 'a lineRatePps is not above 0';
  if (Object.keys(burstSizes).some((packets) => !/^[1-9]\d{0,8}$/.test(packets)))
    return '/burstSizes has a key that is no number of packets';
  if (intervals.some((interval) => interval.ports.length !== ports.length))
    return 'an interval has not as many ports as the run';
  return undefined;
}
