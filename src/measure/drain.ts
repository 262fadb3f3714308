import { PmdError } from '../core/errors.ts';
import type { Port } from '../core/port.ts';
import type { TxQueue } from '../core/tx-queue.ts';

const timeoutMs = 200;

/** Waits until what was sent has left, or can't: then both ends' counters add up. */
export async function drainTx(ports: readonly Port[]): Promise<void> {
  await Promise.all(ports.flatMap(({ tx }) => tx.map(drained)));
}

async function drained(tx: TxQueue): Promise<void> {
  try {
    await tx.drain({ timeoutMs });
  } catch (error) {
    if (!(error instanceof PmdError)) throw error; // the port's counters tell what was not sent
  }
}

/** Has the counters of the devices and of emulated far ends be current. A port that is gone keeps its last ones. */
export async function refreshAll(ports: readonly Port[]): Promise<void> {
  await Promise.all(ports.filter(({ state }) => state === 'running').map((port) => port.refresh()));
}
