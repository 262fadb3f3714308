import { setImmediate } from 'node:timers/promises';

// Only what would otherwise wait for ever ends here: no test's outcome depends on how long something took.
const limitMs = 30_000;

/** Turns the event loop until the condition holds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen in ${limitMs / 1000} s`);
    await setImmediate();
  }
}

/** Spins, without turning the event loop, until the condition holds. */
export function spinUntil(what: string, condition: () => boolean): void {
  const deadline = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen in ${limitMs / 1000} s`);
  }
}
