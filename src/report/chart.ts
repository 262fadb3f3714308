import { mostOf } from './extremes.ts';
import { html, type Markup } from './markup.ts';
import type { Scale } from './scale.ts';

/** Outer measures of a plot, in pixels of its own. */
export interface Size {
  width: number;
  height: number;
}

/** Where the data is: pixels from the upper left corner. */
export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** How one series looks; shapes as well as colours, for those who see no difference between the latter. */
export interface SeriesStyle {
  /** 0 to 5. */
  colour: number;
  dashed: boolean;
}

export interface LegendEntry {
  label: string;
  style: SeriesStyle;
}

export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** A plot with all that belongs to it. */
export interface Chart {
  /** Of the page, and no other chart's. */
  id: string;
  title: string;
  /** What it shows, for those who hear it, and under it for the others. */
  description: string;
  draw(size: Size): Markup;
  legend: readonly LegendEntry[];
  /** What the legend shows a series by. */
  mark: 'line' | 'bar';
  /** What is drawn, in figures. */
  table: Table;
}

const wide: Size = { width: 760, height: 340 };
// Drawn again, because a wide plot that is scaled down to a phone can't be read.
const narrow: Size = { width: 340, height: 280 };
const characterWidth = 6.8;

export function renderChart(chart: Chart): Markup {
  const { title, description, legend, mark, table } = chart;
  return html`<figure>
<figcaption><h3>${title}</h3><p>${description}</p></figcaption>
${legend.length > 1 ? renderLegend(legend, mark) : null}
${renderSvg(chart, wide, 'wide')}
${renderSvg(chart, narrow, 'narrow')}
<details><summary>Figures</summary>${renderTable(table, `${title}: figures`)}</details>
</figure>
`;
}

function renderSvg({ id, title, description, draw }: Chart, size: Size, kind: string): Markup {
  const name = `${id}-${kind}`;
  return html`<svg class="${kind}" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-labelledby="${name}-title ${name}-desc">
<title id="${name}-title">${title}</title><desc id="${name}-desc">${description}</desc>
${draw(size)}
</svg>`;
}

function renderLegend(entries: readonly LegendEntry[], mark: Chart['mark']): Markup {
  const key = (style: SeriesStyle) =>
    mark === 'line'
      ? html`<svg viewBox="0 0 26 10" aria-hidden="true"><path class="line ${classOf(style)}" d="M1 5H25"/></svg>`
      : html`<svg class="bars" viewBox="0 0 14 14" aria-hidden="true"><path class="bar ${classOf(style)}" d="M1 1H13V13H1Z"/></svg>`;
  return html`<ul class="legend">${entries.map(
    ({ label, style }) => html`<li>${key(style)}${label}</li>`,
  )}</ul>`;
}

/** The first column names the row; the others are figures. */
export function renderTable({ head, rows }: Table, caption: string): Markup {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

export function classOf({ colour, dashed }: SeriesStyle): string {
  return `series-${colour % 6}${dashed ? ' dashed' : ''}`;
}

/** Room for the ticks' labels on the left, the axis' title above, and the other axis below. */
export function frameOf({ width, height }: Size, yLabels: readonly string[]): Frame {
  const longest = mostOf(yLabels.map((label) => label.length));
  return { left: Math.ceil(longest * characterWidth) + 10, right: width - 14, top: 28, bottom: height - 40 };
}

/** An axis with its title and its ticks' labels. */
export interface Axis {
  title: string;
  scale: Scale;
  label(tick: number): string;
}

/** Grid lines and labels of the vertical axis; its title stands above it, so that nobody has to turn their head. */
export function drawYAxis({ title, scale, label }: Axis, { left, right, top }: Frame): Markup {
  return html`<g class="axis"><text x="0" y="${top - 14}" class="axis-title">${title}</text>${scale.ticks.map(
    (tick) => {
      const y = round(scale.at(tick));
      return html`<path class="grid" d="M${left} ${y}H${right}"/><text x="${left - 8}" y="${y}" dy="0.35em" text-anchor="end">${label(tick)}</text>`;
    },
  )}</g>`;
}

/** Labels that have no room are left out; the title stands under the right end. */
export function drawXAxis({ title, scale, label }: Axis, { left, right, bottom }: Frame): Markup {
  let freeFrom = Number.NEGATIVE_INFINITY;
  const ticks = scale.ticks.flatMap((tick) => {
    const x = round(scale.at(tick));
    const text = label(tick);
    const half = (text.length * characterWidth) / 2;
    if (x - half < freeFrom) return [];
    freeFrom = x + half + characterWidth;
    // The last label stays within the picture.
    const anchor = x + half > right + 12 ? 'end' : 'middle';
    const at = anchor === 'end' ? right + 12 : x;
    return html`<path class="tick" d="M${x} ${bottom}v5"/><text x="${at}" y="${bottom + 18}" text-anchor="${anchor}">${text}</text>`;
  });
  return html`<g class="axis"><path class="base" d="M${left} ${bottom}H${right}"/>${ticks}<text x="${right}" y="${bottom + 36}" text-anchor="end" class="axis-title">${title}</text></g>`;
}

/** To a tenth of a pixel, which nobody sees. */
export function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
