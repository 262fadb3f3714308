/** A count that PMD_SCALE multiplies: 0.01 for a quick look, 10 for a long run. */
export function scaled(count: number): number {
  const scale = Number(process.env['PMD_SCALE'] ?? 1);
  if (!(scale > 0)) throw new Error(`PMD_SCALE is ${process.env['PMD_SCALE']}, not a number above 0`);
  return Math.max(1, Math.round(count * scale));
}
