import { group, rateUnit, significant, sizeName, withUnit } from '../results/figures.ts';
import {
  type Axis,
  type Chart,
  classOf,
  drawXAxis,
  drawYAxis,
  type Frame,
  frameOf,
  round,
  type SeriesStyle,
  type Size,
} from './chart.ts';
import { mostOf } from './extremes.ts';
import { html, type Markup } from './markup.ts';
import type { ReportModel, ThroughputPoint, ThroughputSeries } from './model.ts';
import { linearFromZero, type Scale } from './scale.ts';

/** Bars of what was forwarded for each frame size, against line rate. Undefined without any. */
export function throughputChart({ throughput, frameSizes }: ReportModel): Chart | undefined {
  if (throughput.length === 0) return undefined;
  const styles = stylesOf(throughput);
  return {
    id: 'throughput',
    title: 'Throughput by frame size',
    description:
      'What got through, as a share of line rate (1 Gbit/s with preamble and gap). Frame sizes include the FCS.',
    draw: (size) => draw(throughput, frameSizes, styles, size),
    legend: throughput.map(({ label }, i) => ({ label, style: styles[i]! })),
    mark: 'bar',
    table: {
      head: ['frame', 'run', 'forwarded', 'of line rate', 'lower bound', 'upper bound', 'line rate'],
      rows: frameSizes.flatMap((size) =>
        throughput.flatMap(({ label, bySize }) => {
          const point = bySize.get(size);
          return point === undefined ? [] : [[sizeName(size), label, ...cellsOf(point)]];
        }),
      ),
    },
  };
}

function stylesOf(series: readonly ThroughputSeries[]): SeriesStyle[] {
  return series.map(({ isBaseline }, colour) => ({ colour, dashed: isBaseline }));
}

function shareOf({ forwardedPps, lineRatePps }: ThroughputPoint): number {
  return (100 * (forwardedPps ?? 0)) / lineRatePps;
}

function cellsOf(point: ThroughputPoint): string[] {
  const { forwardedPps, lowerBound, upperBound, lineRatePps } = point;
  const pps = (value: number | null) => (value === null ? '–' : `${group(Math.round(value))} pps`);
  return [
    pps(forwardedPps),
    `${shareOf(point).toFixed(1)} %`,
    pps(lowerBound),
    pps(upperBound),
    pps(lineRatePps),
  ];
}

function draw(
  series: readonly ThroughputSeries[],
  sizes: readonly string[],
  styles: readonly SeriesStyle[],
  size: Size,
): Markup {
  const most = mostOf([100, ...series.flatMap(({ bySize }) => [...bySize.values()].map(shareOf))]);
  const label = (tick: number) => `${significantTick(tick)} %`;
  const frame = frameOf(size, [label(most)]);
  const y: Axis = { title: '% of line rate', scale: linearFromZero(most, [frame.bottom, frame.top]), label };
  const x = categories(sizes.length, frame);
  const lineRateY = round(y.scale.at(100));
  return html`${drawYAxis(y, frame)}
${drawXAxis({ title: 'bytes per frame', scale: x, label: (i) => `${sizes[i]}` }, frame)}
${sizes.map((size, i) => drawGroup(series, size, { middle: x.at(i), room: x.at(1) - x.at(0), styles, y: y.scale }))}
<path class="reference" d="M${frame.left} ${lineRateY}H${frame.right}"/><text class="reference-label" x="${frame.right}" y="${lineRateY - 5}" text-anchor="end">line rate</text>`;
}

function significantTick(tick: number): string {
  return `${Number(tick.toPrecision(6))}`;
}

function categories(count: number, { left, right }: Frame): Scale {
  const room = (right - left) / count;
  return { at: (i) => left + room * (i + 0.5), ticks: Array.from({ length: count }, (_, i) => i) };
}

interface GroupPlace {
  middle: number;
  room: number;
  styles: readonly SeriesStyle[];
  y: Scale;
}

// Bars that are wider look like areas.
const widestBar = 44;

/** The bars of one frame size; a figure above each that has room for it. */
function drawGroup(series: readonly ThroughputSeries[], size: string, place: GroupPlace): Markup {
  const { middle, room, styles, y } = place;
  const width = Math.min(widestBar, (room * 0.8) / series.length);
  const base = round(y.at(0));
  return html`<g>${series.map(({ label, bySize }, i) => {
    const point = bySize.get(size);
    if (point === undefined) return null;
    const left = round(middle + (i - series.length / 2) * width);
    const top = round(y.at(shareOf(point)));
    const pps = point.forwardedPps ?? 0;
    const short = significant(pps / rateUnit(pps).factor) + rateUnit(pps).name.slice(0, -3);
    const hasRoom = width >= short.length * 6;
    return html`<path class="bar ${classOf(styles[i]!)}" d="M${left} ${base}V${top}h${round(width - 2)}V${base}Z"><title>${label}, ${sizeName(size)}: ${withUnit(pps, rateUnit(pps))}, ${shareOf(point).toFixed(1)} % of line rate</title></path>${hasRoom ? html`<text class="value" x="${left + round(width / 2 - 1)}" y="${top - 5}" text-anchor="middle">${short}</text>` : null}`;
  })}</g>`;
}
