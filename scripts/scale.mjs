// What test/support/scale.ts is to tests, which scripts can't import: Node 20 loads no TypeScript.
const scale = Number(process.env.PMD_SCALE ?? 1);
if (!(scale > 0)) throw new Error(`PMD_SCALE is ${process.env.PMD_SCALE}, not a number above 0`);

const isLong = scale >= 10;

export function scaled(what, count, { long = 10 * count, least = 1 } = {}) {
  const number = Math.max(least, Math.round(isLong ? (long * scale) / 10 : count * scale));
  if (number !== count) console.log(`PMD_SCALE=${scale}: ${number} ${what}, otherwise ${count}`);
  return number;
}
