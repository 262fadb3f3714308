import { type Axis, classOf, drawXAxis, drawYAxis, frameOf, round, type Size } from '../src/report/chart.ts';
import { html } from '../src/report/markup.ts';
import { linearFromZero, type Scale } from '../src/report/scale.ts';

export interface Series {
  name: string;
  /** One for each label of the plot's x axis. */
  values: readonly number[];
}

export interface Plot {
  title: string;
  xTitle: string;
  /** Evenly spaced, in their order. */
  labels: readonly string[];
  yTitle: string;
  series: readonly Series[];
}

const size: Size = { width: 760, height: 340 };
const legendRow = 18;

/** A line plot as a document of its own, on white, whatever the page around it is. */
export function renderPlot({ title, xTitle, labels, yTitle, series }: Plot): string {
  const most = Math.max(...series.flatMap(({ values }) => values));
  const label = (tick: number) => String(Number(tick.toPrecision(3)));
  const frame = frameOf(size, linearFromZero(most, [0, 1]).ticks.map(label));
  const y: Axis = { title: yTitle, scale: linearFromZero(most, [frame.bottom, frame.top]), label };
  const room = (frame.right - frame.left) / labels.length;
  const x: Scale = { at: (i) => frame.left + room * (i + 0.5), ticks: labels.map((_, i) => i) };
  const style = (colour: number) => classOf({ colour, dashed: colour % 2 === 1 });
  const height = size.height + legendRow * series.length;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 ${size.width + 16} ${height + 16}" width="${size.width}" role="img">
<title>${title}</title><style>${styles}</style><rect x="-8" y="-8" width="${size.width + 16}" height="${height + 16}" class="ground"/>
${drawYAxis(y, frame)}${drawXAxis({ title: xTitle, scale: x, label: (i) => labels[i]! }, frame)}
${series.map(
  ({ values }, i) =>
    html`<path class="line ${style(i)}" d="M${values.map((value, at) => `${round(x.at(at))} ${round(y.scale.at(value))}`).join('L')}"/>`,
)}
${series.map(
  ({ name }, i) =>
    html`<path class="line ${style(i)}" d="M0 ${size.height + legendRow * i + 6}h26"/><text x="34" y="${size.height + legendRow * i + 10}">${name}</text>`,
)}
</svg>
`.text;
}

const styles = `
.ground { fill: #fff; } text { fill: #52606d; font: 12px system-ui, sans-serif; } .axis-title { fill: #17202a; }
.grid { stroke: #e7ebef; fill: none; } .base, .tick { stroke: #52606d; fill: none; }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; } .dashed { stroke-dasharray: 6 4; }
.series-0 { color: #0b62a8; } .series-1 { color: #b8450f; }
`;
