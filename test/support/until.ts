import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { limitMs } from './limits.ts';

const waitSeconds = 120;
const pollMs = 5;

/** Throws once the wait has taken longer than anything takes that happens at all. */
function deadline(what: string, seconds: number): () => void {
  const end = performance.now() + limitMs(seconds);
  return () => {
    if (performance.now() > end) throw new Error(`${what} did not happen in ${limitMs(seconds) / 1000} s`);
  };
}

/** Turns the event loop until the condition holds. */
export async function until(what: string, condition: () => boolean, seconds = waitSeconds): Promise<void> {
  const check = deadline(what, seconds);
  while (!condition()) {
    check();
    await turn();
  }
}

/** Asks a few times a second, for what happens in another process or needs no turn of this one. */
export async function untilSeen(
  what: string,
  condition: () => unknown,
  seconds = waitSeconds,
): Promise<void> {
  const check = deadline(what, seconds);
  while (!(await condition())) {
    check();
    await delay(pollMs);
  }
}

/** Spins, without turning the event loop, until the condition holds. */
export function spinUntil(what: string, condition: () => boolean): void {
  const check = deadline(what, waitSeconds);
  while (!condition()) check();
}

/** What the promise comes to, or an error when it would never come to anything. */
export async function settles<T>(what: string, promise: Promise<T>, seconds = waitSeconds): Promise<T> {
  const stop = new AbortController();
  const late = delay(limitMs(seconds), undefined, { signal: stop.signal }).then(() => {
    throw new Error(`${what} did not happen in ${limitMs(seconds) / 1000} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}
