import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';

const deadlineMs = 200;

/** Waits until what was sent has left, or can't: then both ends' counters add up. */
export async function drainTx(pool: Pool, ports: readonly Port[]): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (pool.usage().txRings > 0 && performance.now() < endMs) {
    for (const port of ports) port.tx[0].reclaim();
    await setImmediate();
  }
}

/** Has the counters of the devices and of emulated far ends be current. A port that is gone keeps its last ones. */
export async function refreshAll(ports: readonly Port[]): Promise<void> {
  await Promise.all(ports.filter(({ state }) => state === 'running').map((port) => port.refresh()));
}
