import { significant, timeUnit, type Unit, withUnit } from '../results/figures.ts';
import { type Axis, type Chart, classOf, drawXAxis, drawYAxis, frameOf, round, type Size } from './chart.ts';
import { leastOf, mostOf } from './extremes.ts';
import { html, type Markup } from './markup.ts';
import type { LatencySeries, ReportModel } from './model.ts';
import { linearFromZero, logarithmic, percentiles, type Scale } from './scale.ts';

const tabulated = [0, 50, 90, 99, 99.9, 99.99, 100];
// From a spread on that a linear axis would make a flat line of.
const logarithmicFrom = 20;

/** Latency by percentile; the axis of percentiles is logarithmic in the distance to 100. Undefined without any. */
export function latencyChart({ latency }: ReportModel): Chart | undefined {
  if (latency.length === 0) return undefined;
  const unit = timeUnit(medianOf(latency));
  return {
    id: 'latency',
    title: 'Latency by percentile',
    description:
      'So many percent of the probes were under way for at most so long, from the time at which each was to leave. Each step to the right is ten times as rare.',
    draw: (size) => draw(latency, unit, size),
    legend: latency.map(({ label, isBaseline }, colour) => ({
      label,
      style: { colour, dashed: isBaseline },
    })),
    mark: 'line',
    table: {
      head: ['run', ...tabulated.map(nameOf), 'samples'],
      rows: latency.map(({ label, steps, samples }) => [
        label,
        ...tabulated.map((percentile) => withUnit(valueAt(steps, percentile), unit)),
        `${samples}`,
      ]),
    },
  };
}

function medianOf(latency: readonly LatencySeries[]): number {
  return mostOf(latency.map(({ steps }) => valueAt(steps, 50)));
}

function nameOf(percentile: number): string {
  if (percentile === 0) return 'min';
  return percentile === 100 ? 'max' : `p${percentile}`;
}

/** The first step that is not below: at most what a fifth of a halving makes too much. */
function valueAt(steps: LatencySeries['steps'], percentile: number): number {
  return (steps.find((step) => step.percentile >= percentile - 1e-9) ?? steps.at(-1)!).value;
}

function draw(latency: readonly LatencySeries[], unit: Unit, size: Size): Markup {
  const values = latency.flatMap(({ steps }) => steps.map(({ value }) => value / unit.factor));
  // A latency of 0 has no place on a logarithmic axis.
  const least = Math.max(leastOf(values), 1 / unit.factor);
  const most = Math.max(mostOf(values), least);
  const isLogarithmic = most / least > logarithmicFrom;
  const scaleIn = (range: readonly [number, number]) =>
    isLogarithmic ? logarithmic(least, most, range) : linearFromZero(most, range);
  const label = (tick: number) => `${Number(tick.toPrecision(3))}`;
  const frame = frameOf(size, scaleIn([0, 1]).ticks.map(label));
  const title = `latency, ${unit.name}${isLogarithmic ? ' (logarithmic)' : ''}`;
  const y: Axis = { title, scale: scaleIn([frame.bottom, frame.top]), label };
  const mostSamples = mostOf(latency.map(({ samples }) => samples));
  const last = Math.max(50, 100 - 50 / mostSamples);
  const x: Axis = {
    title: 'percentile',
    scale: percentiles(last, [frame.left, frame.right]),
    label: (tick) => `${tick}`,
  };
  return html`${drawYAxis(y, frame)}${drawXAxis(x, frame)}${latency.map((series, colour) =>
    drawLine(series, colour, { x: x.scale, y: y.scale, unit, least }),
  )}`;
}

interface Place {
  x: Scale;
  y: Scale;
  unit: Unit;
  least: number;
}

/** Steps, because a percentile between two values is one of them; the maximum is a point of its own. */
function drawLine(
  { label, isBaseline, steps }: LatencySeries,
  colour: number,
  { x, y, unit, least }: Place,
): Markup {
  const points = steps.map(({ percentile, value }) => ({
    x: round(x.at(percentile)),
    y: round(y.at(Math.max(value / unit.factor, least))),
  }));
  const [first, ...rest] = points as [(typeof points)[number], ...typeof points];
  const path = `M${first.x} ${first.y}${rest.map((point) => `V${point.y}H${point.x}`).join('')}`;
  const style = classOf({ colour, dashed: isBaseline });
  const end = points.at(-1)!;
  const most = steps.at(-1)!.value / unit.factor;
  return html`<path class="line ${style}" d="${path}"><title>${label}</title></path><circle class="dot ${style}" cx="${end.x}" cy="${end.y}" r="3.5"><title>${label}: at most ${significant(most)} ${unit.name}</title></circle>`;
}
