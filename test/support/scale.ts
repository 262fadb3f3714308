const scale = Number(process.env['PMD_SCALE'] ?? 1);
if (!(scale > 0)) throw new Error(`PMD_SCALE is ${process.env['PMD_SCALE']}, not a number above 0`);

/** PMD_SCALE=10 and more: the long run, which takes what time it takes. */
const isLong = scale >= 10;

export interface Scaling {
  /** How often at a scale of 10; by default ten times as often. */
  long?: number;
  /** How often at the smallest scale. */
  least?: number;
}

/**
 * How often a test does what it does: `count` in every run, `long` in the long one, both in proportion to PMD_SCALE, which is 1
 * in the one and 10 in the other. Says so where it is not `count`.
 */
export function scaled(what: string, count: number, { long = 10 * count, least = 1 }: Scaling = {}): number {
  const number = Math.max(least, Math.round(isLong ? (long * scale) / 10 : count * scale));
  if (number !== count) console.log(`PMD_SCALE=${scale}: ${number} ${what}, otherwise ${count}`);
  return number;
}
