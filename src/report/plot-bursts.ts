import { group } from '../results/figures.ts';
import { type Axis, type Chart, drawXAxis, drawYAxis, frameOf, round, type Size } from './chart.ts';
import { mostOf } from './extremes.ts';
import { html, type Markup } from './markup.ts';
import type { BurstBin, BurstChart } from './model.ts';
import { linearFromZero, type Scale } from './scale.ts';

/** How many packets bursts had. */
export function burstChart({ label, bins, packetsPerBurst }: BurstChart, index: number): Chart {
  const all = bins.reduce((sum, { bursts }) => sum + bursts, 0);
  const shareOf = ({ bursts }: BurstBin) => (100 * bursts) / all;
  return {
    id: `bursts-${index}`,
    title: `Packets per burst: ${label}`,
    description: `Share of the bursts that were not empty; they had ${packetsPerBurst.toFixed(1)} packets on average.`,
    draw: (size) => draw(bins, shareOf, size),
    legend: [],
    mark: 'bar',
    table: {
      head: ['packets', 'bursts', 'share'],
      rows: bins.map((bin) => [nameOf(bin), group(bin.bursts), `${shareOf(bin).toFixed(2)} %`]),
    },
  };
}

function nameOf({ fromPackets, toPackets }: BurstBin): string {
  return fromPackets === toPackets ? `${fromPackets}` : `${fromPackets}–${toPackets}`;
}

function draw(bins: readonly BurstBin[], shareOf: (bin: BurstBin) => number, size: Size): Markup {
  const scaleIn = (range: readonly [number, number]) => linearFromZero(mostOf(bins.map(shareOf)), range);
  const label = (tick: number) => `${Number(tick.toPrecision(3))} %`;
  const frame = frameOf(size, scaleIn([0, 1]).ticks.map(label));
  const y: Axis = { title: 'share of bursts', scale: scaleIn([frame.bottom, frame.top]), label };
  const room = (frame.right - frame.left) / bins.length;
  const x: Scale = {
    at: (i) => frame.left + room * (i + 0.5),
    ticks: bins.map((_, i) => i),
  };
  const base = round(y.scale.at(0));
  return html`${drawYAxis(y, frame)}${drawXAxis({ title: 'packets per burst', scale: x, label: (i) => nameOf(bins[i]!) }, frame)}${bins.map(
    (bin, i) => {
      const left = round(x.at(i) - room * 0.4);
      return html`<path class="bar series-0" d="M${left} ${base}V${round(y.scale.at(shareOf(bin)))}h${round(room * 0.8)}V${base}Z"><title>${nameOf(bin)} packets: ${group(bin.bursts)} bursts</title></path>`;
    },
  )}`;
}
