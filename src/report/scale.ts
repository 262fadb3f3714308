/** Where values go on a plot. */
export interface Scale {
  at(value: number): number;
  ticks: readonly number[];
}

type Range = readonly [from: number, to: number];

/** From 0 to a round number that is not below `most`. */
export function linearFromZero(most: number, range: Range, tickCount = 5): Scale {
  const step = roundStep((most > 0 ? most : 1) / tickCount);
  const end = Math.ceil((most > 0 ? most : 1) / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return { at: (value) => between(range, value / end), ticks };
}

/** The whole of `domain`, with ticks at round numbers in it. */
export function linear([least, most]: Range, range: Range, tickCount = 5): Scale {
  const span = most - least || 1;
  const step = roundStep(span / tickCount);
  const first = Math.ceil(least / step - 1e-9);
  const count = Math.floor(most / step + 1e-9) - first + 1;
  const ticks = Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
  return { at: (value) => between(range, (value - least) / span), ticks };
}

/** From the 1, 2 or 5 of a decade that is not above `least` to the one not below `most`; both above 0. */
export function logarithmic(least: number, most: number, range: Range): Scale {
  const [from, to] = [roundDown(least), roundUp(Math.max(most, least * 1.0001))];
  const span = Math.log(to / from);
  const ticks: number[] = [];
  for (let tick = from; tick <= to * 1.0001; tick = roundUp(tick * 1.0001)) ticks.push(tick);
  const shown = ticks.length > 8 ? ticks.filter((tick) => isPowerOfTen(tick)) : ticks;
  return { at: (value) => between(range, Math.log(value / from) / span), ticks: shown };
}

/** Percentiles by their distance to 100: 90, 99, 99.9 are as far from each other. `last` is the greatest that is shown, below 100. */
export function percentiles(last: number, range: Range): Scale {
  const position = (percentile: number) => -Math.log10(1 - Math.min(percentile, last) / 100);
  const end = position(last);
  const ticks = [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999].filter((tick) => tick <= last);
  return { at: (percentile) => between(range, end > 0 ? position(percentile) / end : 0), ticks };
}

function between([from, to]: Range, share: number): number {
  return from + (to - from) * share;
}

/** The 1, 2 or 5 of a decade that is not below. */
function roundStep(step: number): number {
  return roundUp(step * 0.9999);
}

function roundUp(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((factor) => factor * decade >= value * (1 - 1e-9))!;
  return tidy(factor * decade);
}

function roundDown(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const factor = [5, 2, 1].find((factor) => factor * decade <= value * (1 + 1e-9))!;
  return tidy(factor * decade);
}

/** 0.30000000000000004 is no round number. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function isPowerOfTen(value: number): boolean {
  return Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
}
