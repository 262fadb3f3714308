import { group, rateUnit, sizeName, withUnit } from '../results/figures.ts';
import { type Axis, type Chart, classOf, drawXAxis, drawYAxis, frameOf, round, type Size } from './chart.ts';
import { mostOf } from './extremes.ts';
import { html, type Markup } from './markup.ts';
import type { LossSeries, ReportModel } from './model.ts';
import { linearFromZero, type Scale } from './scale.ts';

/** What is lost at which rate; a line for each frame size. Undefined without any. */
export function lossChart({ loss }: ReportModel): Chart | undefined {
  if (loss.length === 0) return undefined;
  return {
    id: 'loss',
    title: 'Frame loss by rate',
    description: 'Share of the frames that did not arrive, at rates in percent of line rate.',
    draw: (size) => draw(loss, size),
    legend: loss.map(({ label, isBaseline }, colour) => ({ label, style: { colour, dashed: isBaseline } })),
    mark: 'line',
    table: {
      head: ['run', 'frame', 'rate', 'of line rate', 'intended', 'received', 'lost'],
      rows: loss.flatMap(({ label, size, points }) =>
        points.map(({ pps, ratePercent, lossPercent, intended, received }) => [
          label,
          sizeName(size),
          withUnit(pps, rateUnit(pps)),
          `${ratePercent.toFixed(1)} %`,
          group(intended),
          group(received),
          `${lossPercent.toFixed(3)} %`,
        ]),
      ),
    },
  };
}

function draw(loss: readonly LossSeries[], size: Size): Markup {
  const points = loss.flatMap(({ points }) => points);
  const label = (tick: number) => `${Number(tick.toPrecision(3))} %`;
  const mostLoss = mostOf(points.map(({ lossPercent }) => lossPercent));
  const mostRate = mostOf(points.map(({ ratePercent }) => ratePercent));
  const frame = frameOf(size, linearFromZero(mostLoss, [0, 1]).ticks.map(label));
  const y: Axis = { title: 'frames lost', scale: linearFromZero(mostLoss, [frame.bottom, frame.top]), label };
  const x: Axis = {
    title: 'rate, % of line rate',
    scale: linearFromZero(mostRate, [frame.left, frame.right]),
    label,
  };
  return html`${drawYAxis(y, frame)}${drawXAxis(x, frame)}${loss.map((series, colour) =>
    drawLine(series, colour, x.scale, y.scale),
  )}`;
}

function drawLine({ label, isBaseline, points }: LossSeries, colour: number, x: Scale, y: Scale): Markup {
  const style = classOf({ colour, dashed: isBaseline });
  const places = points.map((point) => ({
    ...point,
    x: round(x.at(point.ratePercent)),
    y: round(y.at(point.lossPercent)),
  }));
  const path = places.map((place) => `${place.x} ${place.y}`).join('L');
  return html`<path class="line ${style}" d="M${path}"/>${places.map(
    (place) =>
      html`<circle class="dot ${style}" cx="${place.x}" cy="${place.y}" r="3.5"><title>${label}: ${place.lossPercent.toFixed(3)} % at ${place.ratePercent.toFixed(1)} %</title></circle>`,
  )}`;
}
