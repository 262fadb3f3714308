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
  sideUnit?: string;
  /** What it must reach, and whether its median does; null: nobody knows. */
  bar?: { text: string; met: boolean | null };
  note?: string;
}

export type FigureHead = Pick<Figure, 'name' | 'configuration'>;

export function figure(head: FigureHead, unit: string, values: readonly number[]): Figure {
  return { ...head, unit, value: medianInterval(values), samples: values.length };
}

/** A figure that can't be had here; what it would have to reach is said all the same. */
export function missing(head: FigureHead, note: string, bar?: string): Figure {
  const open = bar === undefined ? {} : { bar: { text: bar, met: null } };
  return { ...head, unit: '', value: null, samples: 0, note, ...open };
}

export function formatFigure(figure: Figure): string {
  const { name, configuration, unit, value, samples, bar, note } = figure;
  const parts = [`${name.padEnd(34)} ${configuration.padEnd(24)}`];
  if (value !== null) {
    const { median, low, high } = value;
    const spread = samples > 1 ? ` [${digits(low)}, ${digits(high)}]` : '';
    parts.push(`${digits(median)}${spread} ${unit}`.padEnd(34));
  }
  if (figure.sides !== undefined) parts.push(sidesText(figure, digits));
  if (bar !== undefined) parts.push(`${verdictOf(bar, ['reaches', 'MISSES', 'OPEN:'])} ${bar.text}`);
  if (note !== undefined) parts.push(note);
  return parts.join('  ').trimEnd();
}

/** The medians of both sides, and their unit once. */
export function sidesText({ sides = {}, sideUnit = '' }: Figure, digits: (value: number) => string): string {
  const each = Object.entries(sides).map(([side, median]) => `${side} ${digits(median)}`);
  return `${each.join(', ')} ${sideUnit}`.trim();
}

const linkNs = 672; // a 64-byte frame with its 20 bytes of framing on 1 Gbit/s

/** It is said for the smallest burst and for the usual one. */
export const isShareTold = (burst: number): boolean => burst === 1 || burst === 32;

/** A poll-mode driver takes all of its core; this is the part in which it moves frames. */
export function shareOfCore(nsPerFrame: number): string {
  return `1 Gbit/s of 64-byte frames would fill ${((nsPerFrame / linkNs) * 100).toFixed(1)} % of a core`;
}

/** How what became of a bar is said: reached, missed, or not measured. */
export function verdictOf<T>({ met }: NonNullable<Figure['bar']>, [reached, missed, open]: [T, T, T]): T {
  if (met === null) return open;
  return met ? reached : missed;
}

function digits(value: number): string {
  const magnitude = Math.abs(value);
  return magnitude >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
