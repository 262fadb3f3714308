import { type MedianInterval, medianInterval } from './statistics.ts';

/** One line of the result. */
export interface Figure {
  /** What was compared or measured. */
  name: string;
  /** Burst, ring, frame size: what it holds for. */
  configuration: string;
  unit: string;
  /** A difference or ratio of pairs, or a value; null: it can't be had here, and `note` says why. */
  value: MedianInterval | null;
  /** How many pairs or values the interval is of. */
  samples: number;
  /** The medians of both sides, by name. */
  sides?: Record<string, number>;
  /** What it must reach, and whether its median does. */
  bar?: { text: string; met: boolean };
  note?: string;
}

export type FigureHead = Pick<Figure, 'name' | 'configuration'>;

export function figure(head: FigureHead, unit: string, values: readonly number[]): Figure {
  return { ...head, unit, value: medianInterval(values), samples: values.length };
}

/** A figure that can't be had here. */
export function missing(head: FigureHead, note: string): Figure {
  return { ...head, unit: '', value: null, samples: 0, note };
}

export function formatFigure({
  name,
  configuration,
  unit,
  value,
  samples,
  sides,
  bar,
  note,
}: Figure): string {
  const parts = [`${name.padEnd(34)} ${configuration.padEnd(24)}`];
  if (value !== null) {
    const { median, low, high } = value;
    const spread = samples > 1 ? ` [${digits(low)}, ${digits(high)}]` : '';
    parts.push(`${digits(median)}${spread} ${unit}`.padEnd(34));
  }
  if (sides !== undefined)
    parts.push(
      Object.entries(sides)
        .map(([side, median]) => `${side} ${digits(median)}`)
        .join(', '),
    );
  if (bar !== undefined) parts.push(`${bar.met ? 'reaches' : 'MISSES'} ${bar.text}`);
  if (note !== undefined) parts.push(note);
  return parts.join('  ').trimEnd();
}

function digits(value: number): string {
  const magnitude = Math.abs(value);
  return magnitude >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
