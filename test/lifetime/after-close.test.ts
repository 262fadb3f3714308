import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import {
  attachPool,
  attachRxQueue,
  attachTxQueue,
  type Burst,
  createPool,
  openPort,
  PmdError,
  type Pool,
  type Port,
} from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { fill, receiveAll } from '../support/frames.ts';
import { closing, freshAddress, freshFlood } from '../support/ports.ts';
import { scaled } from '../support/scale.ts';
import { until } from '../support/until.ts';

/** Everything that an application can still hold of a port and its pool. */
async function everything(shared: boolean) {
  const pool = shared ? await createPool({ buffers: 2048, hugePages: 'never' }) : undefined;
  const options = { rxRing: 64, txRing: 64, ...(pool && { pool }) };
  const port = await openPort(freshFlood(), options);
  const burst = port.pool.createBurst();
  receiveAll(port, burst, 8);
  const view = burst.view(0);
  const frame = burst.frame(0);
  const iterator = port.rx[0].bursts({ capacity: 4 });
  return {
    pool,
    port,
    burst,
    view,
    frame,
    iterator,
    rx: attachRxQueue(port.rx[0].token),
    tx: attachTxQueue(port.tx[0].token),
  };
}

type Held = Awaited<ReturnType<typeof everything>>;

/** What can be done with it; each may do its work or throw a PmdError, at any time. */
const uses: Record<string, (held: Held) => unknown> = {
  receive: ({ port, burst }) => port.rx[0].receive(burst),
  send: ({ port, burst }) => port.tx[0].send(burst),
  reclaim: ({ port }) => port.tx[0].reclaim(),
  'receive by token': ({ rx, burst }) => rx.receive(burst),
  'send by token': ({ tx, burst }) => tx.send(burst),
  'reclaim by token': ({ tx }) => tx.reclaim(),
  'detach rx': ({ port }) => port.rx[0].detach(),
  'detach tx': ({ port }) => port.tx[0].detach(),
  'detach by token': ({ rx, tx }) => [rx.detach(), tx.detach()],
  release: ({ burst }) => burst.release(),
  'release some': ({ burst }) => burst.release(burst.count >> 1),
  allocate: ({ burst }) => burst.allocate(2),
  append: ({ burst }) => burst.append(Buffer.alloc(60)),
  filter: ({ burst }) => burst.filter((_, i) => i % 2 === 0),
  frame: ({ burst }) => burst.count > 0 && burst.frame(0),
  'burst view': ({ burst }) => burst.count > 0 && burst.view(0),
  'pool view': ({ port }) => port.pool.view(17),
  'write to views': ({ view, frame }) => {
    view.fill(1);
    frame.fill(2);
    view[0] = 3;
  },
  'read views': ({ view, frame }) => {
    view[0];
    frame.at(0);
    view.toString('hex');
    Buffer.compare(view, frame);
  },
  'write to the arrays': ({ burst }) => burst.indices.fill(0xffffffff),
  'new burst': ({ port }) => port.pool.createBurst(),
  usage: ({ port }) => port.pool.usage(),
  stats: ({ port }) => port.stats(),
  state: ({ port }) => [port.state, port.mac, port.mtu, port.link],
  'attach the pool': ({ port }) => attachPool(port.pool.token).usage(),
  'attach the queues': ({ port }) => [attachRxQueue(port.rx[0].token), attachTxQueue(port.tx[0].token)],
  iterate: ({ iterator }) => iterator.next(),
  'end the iterator': ({ iterator }) => iterator.return(),
  refresh: ({ port }) => port.refresh(),
  'set the MTU': ({ port }) => port.setMtu(1000),
  registers: ({ port }) => port.registers(),
  'close the port': ({ port }) => port.close(),
  'start to close the port': ({ port }) => {
    void port.close();
  },
  'close the pool': ({ port }) => port.pool.close(),
  'detach the memory': ({ port }) => {
    structuredCloneOf(port.pool.bytes.buffer as ArrayBuffer);
  },
  'collect garbage': async () => {
    globalThis.gc?.();
    await setImmediate();
  },
};

/** Asks to transfer memory away; node may refuse, or copy. */
function structuredCloneOf(buffer: ArrayBuffer): void {
  try {
    structuredClone(buffer, { transfer: [buffer] });
  } catch (error) {
    assert.equal((error as Error).name, 'DataCloneError');
  }
}

/** Only a PmdError may come out. */
async function attempt(use: (held: Held) => unknown, held: Held): Promise<void> {
  try {
    await use(held);
  } catch (error) {
    assert.ok(error instanceof PmdError, String((error as Error).stack));
    assert.notEqual(error.code, 'ERR_PMD_INTERNAL');
  }
}

describe('whatever is held of a port and a pool', () => {
  for (const shared of [false, true]) {
    it(`is harmless after both were closed (${shared ? 'shared' : 'private'} pool)`, async () => {
      for (const [name, use] of Object.entries(uses)) {
        const held = await everything(shared);
        await held.port.close();
        await held.pool?.close();
        await attempt(use, held);
        for (const [other, next] of Object.entries(uses))
          if (other !== name && other !== 'collect garbage') await attempt(next, held);
      }
    });
  }

  it('is harmless in any order of use and end', async () => {
    const names = Object.keys(uses);
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 25 }),
        async (shared, order) => {
          const held = await everything(shared);
          for (const name of order) await attempt(uses[name]!, held);
          await held.iterator.return();
          await held.port.close();
          if (held.pool && !held.pool.closed) await held.pool.close();
          assert.ok(held.port.pool.closed);
        },
      ),
      { numRuns: scaled('orders of use and end', 100) },
    );
  });
});

describe('a burst of a pool that was closed', () => {
  it(
    'is never another burst, although its pool is gone',
    closing(async (open) => {
      const old: Burst[] = [];
      for (let i = 0; i < 5; i++) {
        const pool = await createPool({ buffers: 64, hugePages: 'never' });
        old.push(pool.createBurst(), pool.createBurst());
        await pool.close();
      }
      const pool = await open.pool();
      const bursts = [...Array(20)].map(() => pool.createBurst(4));
      for (const burst of bursts) burst.allocate();
      for (const burst of old) {
        assert.throws(() => burst.release(), pmdError('ERR_PMD_CLOSED'));
        assert.throws(() => burst.allocate(), pmdError('ERR_PMD_CLOSED'));
      }
      assert.equal(pool.usage().application, 80);
      for (const burst of bursts) burst.release();
    }),
  );
});

describe('garbage collection', () => {
  const collect = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      globalThis.gc!();
      await setImmediate();
    }
  };
  const abandon = (pool: Pool, count: number): void => {
    for (let i = 0; i < count; i++) pool.createBurst().allocate(10);
  };

  it(
    'returns the frames of bursts that nobody holds',
    closing(async (open) => {
      const pool = await open.pool();
      const kept = pool.createBurst();
      kept.allocate(5);
      abandon(pool, 10);
      await collect();
      assert.equal(pool.usage().application, 5);
      const next = pool.createBurst();
      next.allocate(3);
      assert.equal(kept.count, 5);
      kept.release();
      next.release();
    }),
  );

  it(
    'returns the other frames of a burst that has a spoilt entry',
    closing(async (open) => {
      const pool = await open.pool();
      (() => {
        const burst = pool.createBurst();
        burst.allocate(10);
        burst.indices[3] = 0xffffffff;
        burst.indices[7] = burst.indices[6]!;
      })();
      await collect();
      assert.equal(pool.usage().application, 2); // which nobody names
    }),
  );

  it(
    'does not take a burst whose arrays are still seen',
    closing(async (open) => {
      const pool = await open.pool();
      const arrays = (() => {
        const burst = pool.createBurst();
        burst.allocate(4);
        return [burst.indices, burst.lengths];
      })();
      await collect();
      assert.equal(pool.usage().application, 4);
      assert.equal(arrays.length, 2);
    }),
  );

  it(
    'gives up queues that nobody holds, and only those',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const out = left.pool.createBurst();
      const use = (): void => {
        attachTxQueue(left.tx[0].token).send(out);
        attachRxQueue(right.rx[0].token).receive(right.pool.createBurst(), 0);
      };
      use();
      fill(out, right, 1);
      assert.equal(left.tx[0].send(out), 1);
      use();
      await collect();
      fill(out, right, 1);
      assert.equal(left.tx[0].send(out), 1);
      const burst = right.pool.createBurst();
      receiveAll(right, burst, 2);
      burst.release();
    }),
  );

  it('of pools and ports that were closed frees their memory, not before the last view', async () => {
    const external = async (): Promise<number> => {
      await collect();
      return process.memoryUsage().external;
    };
    const before = await external();
    let view: Buffer | undefined = await (async () => {
      const pool = await createPool({ buffers: 16384, hugePages: 'never' });
      const seen = pool.view(5).fill(7);
      await pool.close();
      return seen;
    })();
    await until('zeros take the place of the memory', () => view!.every((byte) => byte === 0));
    assert.ok((await external()) >= before + 16384 * 2240);
    view = undefined;
    assert.ok((await external()) < before + 16384 * 2240);
  });
});

describe("a pool's memory", () => {
  it('is given back to the system without keeping the event loop: not for a tenth of what it took to get it', async () => {
    // Other work on the machine makes both longer, and neither shorter: the quickest of many rounds is the code's own.
    let [quickest, shortest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < 5 || (round < 100 && shortest >= quickest / 10); round++) {
      const begin = performance.now();
      const pool = await createPool({ buffers: 65536, hugePages: 'never' });
      quickest = Math.min(quickest, performance.now() - begin);
      const closing = performance.now();
      await pool.close();
      await setImmediate(); // what sees the memory ends in this turn
      shortest = Math.min(shortest, performance.now() - closing);
    }
    console.log(`      made in ${quickest.toFixed(1)} ms, closed in ${shortest.toFixed(2)} ms`);
    assert.ok(shortest < quickest / 10);
  });

  it(
    'cannot be taken away from it',
    closing(async (open) => {
      const port: Port = await open.port(freshAddress());
      const other = await open.port(port.address);
      const buffer = port.pool.bytes.buffer as ArrayBuffer & { transfer?: () => ArrayBuffer };
      structuredCloneOf(buffer);
      let moved: ArrayBuffer | undefined;
      if (typeof buffer.transfer === 'function') moved = buffer.transfer();
      const burst = port.pool.createBurst();
      if (moved === undefined) fill(burst, other, 1);
      else {
        burst.allocate(1);
        burst.lengths.fill(60);
      }
      assert.equal(port.tx[0].send(burst), 1);
      await port.close();
      if (moved) new Uint8Array(moved).fill(1); // its addresses outlive the pool
      assert.ok(port.pool.closed);
    }),
  );
});
