import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

const pollMs = 5;

/** Waits until `holds` does, and fails with `what` when it does not within `seconds`. */
export async function until(what: string, holds: () => unknown, seconds = 30): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await delay(pollMs);
  }
}

/** As {@link until}, for what needs to be asked at every turn of the event loop: it moves frames itself. */
export async function untilDone(what: string, step: () => boolean, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!step()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await turn();
  }
}

/** The promise's value, or a failure with `what` when it takes longer than `seconds`. */
export async function within<T>(seconds: number, what: string, promise: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = delay(seconds * 1000, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`${what}: not within ${seconds} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}
