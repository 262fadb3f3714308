import {
  type Axis,
  classOf,
  drawXAxis,
  drawYAxis,
  type Frame,
  frameOf,
  round,
  type Size,
} from '../src/report/chart.ts';
import { html, type Markup } from '../src/report/markup.ts';
import { linearFromZero, type Scale } from '../src/report/scale.ts';

export interface Series {
  name: string;
  /** One for each label of the plot's x axis. */
  values: readonly number[];
}

export interface Plot {
  kind: 'lines' | 'bars';
  title: string;
  xTitle: string;
  /** Evenly spaced, in their order. */
  labels: readonly string[];
  yTitle: string;
  series: readonly Series[];
}

/** Where everything is in one plot. */
interface Layout {
  frame: Frame;
  x: Scale;
  y: Scale;
  /** Width of one label's place. */
  room: number;
}

const size: Size = { width: 760, height: 340 };
const legendRow = 18;

/** A plot as a document of its own, on white, whatever the page around it is. */
export function renderPlot({ kind, title, xTitle, labels, yTitle, series }: Plot): string {
  const most = Math.max(...series.flatMap(({ values }) => values));
  const frame = frameOf(size, linearFromZero(most, [0, 1]).ticks.map(figureText));
  const y: Axis = {
    title: yTitle,
    scale: linearFromZero(most, [frame.bottom, frame.top]),
    label: figureText,
  };
  const room = (frame.right - frame.left) / labels.length;
  const x: Scale = { at: (i) => frame.left + room * (i + 0.5), ticks: labels.map((_, i) => i) };
  const { draw, key } = kind === 'lines' ? lines : bars;
  const layout: Layout = { frame, x, y: y.scale, room };
  const height = size.height + legendRow * series.length;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 ${size.width + 16} ${height + 16}" width="${size.width}" role="img">
<title>${title}</title><style>${styles}</style><rect x="-8" y="-8" width="${size.width + 16}" height="${height + 16}" class="ground"/>
${drawYAxis(y, frame)}${drawXAxis({ title: xTitle, scale: x, label: (i) => labels[i]! }, frame)}
${draw(series, layout)}
${series.map(
  ({ name }, i) =>
    html`${key(i, size.height + legendRow * i + 6)}<text x="34" y="${size.height + legendRow * i + 10}">${name}</text>`,
)}
</svg>
`.text;
}

/** How series are drawn, and what the legend shows them by. */
interface Style {
  draw(series: readonly Series[], layout: Layout): Markup[];
  key(series: number, y: number): Markup;
}

const lines: Style = {
  draw: (series, { x, y }) =>
    series.map(
      ({ values }, i) =>
        html`<path class="line ${lineClass(i)}" d="M${values.map((value, at) => `${round(x.at(at))} ${round(y.at(value))}`).join('L')}"/>`,
    ),
  key: (i, y) => html`<path class="line ${lineClass(i)}" d="M0 ${y}h26"/>`,
};

/** The bars of a label stand side by side, each with its figure above it. */
const bars: Style = {
  draw: (series, { x, y, room }) => {
    const width = (room * 0.8) / series.length;
    return series.flatMap(({ values }, i) =>
      values.map((value, at) => {
        const left = x.at(at) + width * (i - series.length / 2);
        const [base, top] = [round(y.at(0)), round(y.at(value))];
        return html`<path class="bar series-${i}" d="M${round(left)} ${base}V${top}h${round(width)}V${base}Z"/><text x="${round(left + width / 2)}" y="${top - 4}" text-anchor="middle">${figureText(value)}</text>`;
      }),
    );
  },
  key: (i, y) => html`<path class="bar series-${i}" d="M6 ${y - 6}h12v12h-12Z"/>`,
};

function lineClass(series: number): string {
  return classOf({ colour: series, dashed: series % 2 === 1 });
}

function figureText(value: number): string {
  return String(Number(value.toPrecision(3)));
}

const styles = `
.ground { fill: #fff; } text { fill: #52606d; font: 12px system-ui, sans-serif; } .axis-title { fill: #17202a; }
.grid { stroke: #e7ebef; fill: none; } .base, .tick { stroke: #52606d; fill: none; }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; } .dashed { stroke-dasharray: 6 4; }
.bar { fill: currentColor; } .series-0 { color: #0b62a8; } .series-1 { color: #b8450f; } .series-2 { color: #52606d; }
`;
