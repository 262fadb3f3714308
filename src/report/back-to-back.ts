import { group, sizeName } from '../results/figures.ts';
import { renderTable } from './chart.ts';
import { html, type Markup } from './markup.ts';
import type { ReportModel } from './model.ts';

/** The longest bursts that lost nothing: their lengths are apart by orders of magnitude, and figures say more than bars. */
export function backToBackTable({ backToBack }: ReportModel): Markup | null {
  if (backToBack.length === 0) return null;
  const frames = (count: number | null) => (count === null ? '–' : group(Math.round(count)));
  const table = {
    head: ['run', 'frame', 'average', 'least', 'most', 'deviation', 'tried up to'],
    rows: backToBack.flatMap(({ label, sizes }) =>
      sizes.map(({ size, longest: { average, min, max, standardDeviation }, maxFrames }) => [
        label,
        sizeName(size),
        ...[average, min, max, standardDeviation, maxFrames].map(frames),
      ]),
    ),
  };
  return html`<section><h3>Back-to-back frames</h3>
<p class="kicker">Frames of the longest burst at line rate that arrived whole</p>
${renderTable(table, 'Back-to-back frames')}</section>
`;
}
