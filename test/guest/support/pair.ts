import assert from 'node:assert/strict';
import { createPool, openPort, type Pool, type Port } from '../../../src/index.ts';
import { Exchange } from './exchange.ts';
import { Nic } from './nic.ts';
import { PortLog } from './port-log.ts';

/** So many frames show that traffic flows. */
export const enough = 500;

/** Two ports that share a pool, with traffic between them. */
export class Pair {
  readonly a: Port;
  readonly b: Port;
  readonly logs: [PortLog, PortLog];
  readonly exchange: Exchange;
  readonly #pool: Pool;

  private constructor(pool: Pool, a: Port, b: Port) {
    this.#pool = pool;
    this.a = a;
    this.b = b;
    this.logs = [new PortLog(a), new PortLog(b)];
    this.exchange = new Exchange(a, b);
  }

  static async open(nic: Nic): Promise<Pair> {
    const pool = await createPool();
    const pair = new Pair(pool, await openPort(nic.vf(0), { pool }), await openPort(nic.vf(1), { pool }));
    await pair.exchange.passes(enough);
    return pair;
  }

  get states(): string {
    return [this.a.state, this.b.state].join(', ');
  }

  /** Ends the traffic and closes; every buffer must be back then. */
  async close(): Promise<void> {
    await this.exchange.stop();
    await Promise.all([this.a.close(), this.b.close()]);
    const { free, application } = this.#pool.usage();
    await this.#pool.close();
    assert.equal(free + application, this.#pool.buffers);
  }
}

/** Runs a test body over a pair of its own: `it('…', onPair(async (pair) => { … }))`. */
export function onPair(body: (pair: Pair, nic: Nic) => Promise<void>): () => Promise<void> {
  return async () => {
    const nic = Nic.ofGuest();
    const pair = await Pair.open(nic);
    await body(pair, nic); // should it fail, the root hook closes the ports
    await pair.close();
  };
}

/** Both ports of a pair have lost their device, have said so, and the process lives. */
export async function removed(pair: Pair): Promise<void> {
  const refusal = await pair.exchange.refused();
  assert.equal(refusal.code, 'ERR_PMD_REMOVED');
  for (const log of pair.logs)
    assert.match(String(await log.next('removal')), /asked for the device back|gone/);
  for (const port of [pair.a, pair.b]) {
    assert.equal(port.state, 'closed');
    await assert.rejects(port.refresh(), { code: 'ERR_PMD_REMOVED' });
  }
}

/** Both ports noticed and recovered by themselves, and frames pass again. */
export async function recovered(pair: Pair, logs: readonly PortLog[]): Promise<void> {
  for (const log of logs) {
    await log.next('recovering');
    await log.next('recovered');
  }
  await pair.exchange.passes(enough);
}
