const slowness = Number(process.env['PMD_SLOWNESS'] ?? 1);
if (!(slowness >= 1))
  throw new Error(`PMD_SLOWNESS is ${process.env['PMD_SLOWNESS']}, not a number of 1 or more`);

/**
 * A limit in milliseconds that ends only what would otherwise wait for ever: `seconds`, and more on a slow or busy machine. scripts/test.mjs
 * measures how much more, and says so in PMD_SLOWNESS. Take many times what it takes at rest: a machine may get busy later. No test's
 * outcome depends on how long something took.
 */
export function limitMs(seconds: number): number {
  return Math.ceil(seconds * 1000 * slowness);
}

/** As {@link limitMs}, in seconds. */
export function limitSeconds(seconds: number): number {
  return limitMs(seconds) / 1000;
}
