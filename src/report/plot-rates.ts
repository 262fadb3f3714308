import { rateUnit, significant, withUnit } from '../results/figures.ts';
import { type Axis, type Chart, classOf, drawXAxis, drawYAxis, frameOf, round, type Size } from './chart.ts';
import { leastOf, mostOf } from './extremes.ts';
import { html, type Markup } from './markup.ts';
import type { RateChart, RateLine } from './model.ts';
import { linear, linearFromZero, type Scale } from './scale.ts';

/** Rates over time, in the intervals in which they were counted. */
export function rateChart(chart: RateChart, index: number): Chart {
  const { label, lines } = chart;
  return {
    id: `rates-${index}`,
    title: `Rates over time: ${label}`,
    description: 'Frames per second of each port, counted over intervals. Dashed: sent.',
    draw: (size) => draw(chart, size),
    legend: lines.map((line) => ({ label: line.label, style: styleOf(line) })),
    mark: 'line',
    table: {
      head: ['from', 'to', ...lines.map((line) => line.label)],
      rows: (lines[0]?.steps ?? []).map(({ fromSeconds, toSeconds }, i) => [
        `${fromSeconds.toFixed(2)} s`,
        `${toSeconds.toFixed(2)} s`,
        ...lines.map(({ steps }) => withUnit(steps[i]!.pps, rateUnit(steps[i]!.pps))),
      ]),
    },
  };
}

function styleOf({ port, direction }: RateLine) {
  return { colour: port, dashed: direction === 'tx' };
}

function draw({ lines, endSeconds }: RateChart, size: Size): Markup {
  const most = mostOf(lines.flatMap(({ steps }) => steps.map(({ pps }) => pps)));
  const unit = rateUnit(most);
  const scaleIn = (range: readonly [number, number]) => linearFromZero(most / unit.factor, range);
  const label = (tick: number) => `${Number(tick.toPrecision(3))}`;
  const frame = frameOf(size, scaleIn([0, 1]).ticks.map(label));
  const y: Axis = { title: unit.name, scale: scaleIn([frame.bottom, frame.top]), label };
  const x: Axis = { title: 'seconds', scale: linear([0, endSeconds], [frame.left, frame.right]), label };
  return html`${drawYAxis(y, frame)}${drawXAxis(x, frame)}${lines.map((line) => drawLine(line, x.scale, y.scale, unit.factor))}`;
}

function drawLine(line: RateLine, x: Scale, y: Scale, factor: number): Markup {
  const path = line.steps.map(({ fromSeconds, toSeconds, pps }, i) => {
    const height = round(y.at(pps / factor));
    return `${i === 0 ? `M${round(x.at(fromSeconds))} ${height}` : `V${height}`}H${round(x.at(toSeconds))}`;
  });
  const rates = line.steps.map(({ pps }) => pps / factor);
  const range = `${significant(leastOf(rates))} to ${significant(mostOf(rates))}`;
  return html`<path class="line ${classOf(styleOf(line))}" d="${path.join('')}"><title>${line.label}: ${range}</title></path>`;
}
