import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  attachRing,
  attachRxQueue,
  type Burst,
  createRing,
  type Ring,
  type RingOptions,
  type RingToken,
} from '../../src/index.ts';
import { isWhole } from '../faults/support/rig.ts';
import { pmdError } from '../support/errors.ts';
import { type Closing, closing, freshFlood } from '../support/ports.ts';
import { startRingWorker } from '../support/ring-worker-client.ts';
import { settles, until } from '../support/until.ts';

/** Appends frames that say their numbers. */
function append(burst: Burst, count: number, first = 0): void {
  for (let i = first; i < first + count; i++) {
    const frame = Buffer.alloc(60);
    frame.writeUInt32BE(i, 14);
    assert.ok(burst.append(frame));
  }
}

function numbersIn(burst: Burst): number[] {
  return Array.from({ length: burst.count }, (_, i) => burst.frame(i).readUInt32BE(14));
}

const numbers = (count: number, first = 0) => Array.from({ length: count }, (_, i) => first + i);

async function makeRing(open: Closing, options: Partial<RingOptions> = {}): Promise<Ring> {
  return createRing({ pool: await open.pool(), ...options });
}

/** Runs a body with a ring that is closed before its pool. */
function withRing(
  body: (ring: Ring, open: Closing) => Promise<void>,
  options: Partial<RingOptions> = {},
): () => Promise<void> {
  return closing(async (open) => {
    const ring = await makeRing(open, options);
    try {
      await body(ring, open);
    } finally {
      await ring.close();
    }
  });
}

describe('A ring', () => {
  it(
    'gives bursts in the order in which they came, and counts them',
    withRing(
      async (ring) => {
        const out = ring.pool.createBurst(64);
        const burst = ring.pool.createBurst(64);
        append(out, 40);
        assert.equal(ring.send(out), 32);
        assert.equal(out.count, 8);
        assert.equal(ring.tx.pending(), 32);
        assert.equal(ring.pool.usage().application, 40);
        assert.equal(ring.receive(burst, 10), 10);
        assert.equal(ring.send(out, 5), 5);
        assert.equal(ring.receive(burst), 27);
        assert.deepEqual(numbersIn(burst), numbers(37));
        assert.deepEqual(ring.stats(), { sent: 37, received: 37, waiting: 0, full: 1, oversize: 0 });
        out.release();
        burst.release();
        isWhole(ring.pool);
      },
      { capacity: 32 },
    ),
  );

  it(
    'forwards to a port in one call, as an RX queue does',
    withRing(async (ring, open) => {
      const port = await open.port(freshFlood(), { pool: ring.pool });
      const burst = ring.pool.createBurst(32);
      append(burst, 8);
      ring.send(burst);
      assert.equal(port.tx[0].exchange(burst, ring.rx), 8);
      assert.equal(port.tx[0].exchange(burst, ring.rx), 0);
      assert.equal(port.stats().txPackets, 8);
      await port.close();
    }),
  );

  it(
    'wakes a reader that sleeps, and ends its iterations when it is closed',
    withRing(async (ring) => {
      const seen: number[] = [];
      const reading = (async () => {
        for await (const burst of ring) seen.push(...numbersIn(burst));
      })();
      const out = ring.pool.createBurst(8);
      for (let round = 0; round < 20; round++) {
        for (let turns = 0; turns < round % 4; turns++) await setImmediate();
        append(out, 3, 3 * round);
        assert.equal(ring.send(out), 3);
        await until('the frames', () => seen.length === 3 * (round + 1));
      }
      assert.deepEqual(seen, numbers(60));
      await setImmediate();
      await ring.close();
      await settles('the end', reading);
      isWhole(ring.pool);
    }),
  );

  it(
    'gives copies of frames to streams',
    withRing(async (ring) => {
      const out = ring.pool.createBurst(8);
      append(out, 3);
      ring.send(out);
      const seen: number[] = [];
      for await (const frame of ring.frames()) {
        seen.push(frame.readUInt32BE(14));
        if (seen.length === 3) break;
      }
      assert.deepEqual(seen, [0, 1, 2]);
    }),
  );

  it(
    'gives its frames back when it is closed, and refuses then',
    withRing(async (ring) => {
      const out = ring.pool.createBurst(8);
      append(out, 8);
      ring.send(out);
      append(out, 1);
      await ring.close();
      await ring.close();
      const closed = pmdError('ERR_PMD_CLOSED');
      assert.throws(() => ring.send(out), closed);
      assert.throws(() => ring.receive(out), closed);
      assert.throws(() => ring.stats(), closed);
      assert.throws(() => attachRing(ring.token), closed);
      assert.throws(() => attachRxQueue(ring.rx.token).receive(out), closed);
      assert.deepEqual(await ring.bursts().next(), { done: true, value: undefined });
      out.release();
      isWhole(ring.pool);
    }),
  );

  it(
    'keeps its pool from being closed',
    withRing(async (ring) => {
      await assert.rejects(ring.pool.close(), pmdError('ERR_PMD_BUSY', /ring:\d+ uses the pool/));
    }),
  );

  it(
    "keeps a port's private pool until it is closed itself",
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const ring = createRing({ pool: port.pool, capacity: 64 });
      const burst = port.pool.createBurst(8);
      append(burst, 8);
      ring.send(burst);
      await port.close();
      assert.equal(port.pool.closed, false);
      assert.equal(ring.receive(burst), 8);
      assert.deepEqual(numbersIn(burst), numbers(8));
      burst.release();
      await ring.close();
      assert.equal(port.pool.closed, true);
    }),
  );

  it(
    'resolves drain() when all was received, and says that nobody receives',
    withRing(async (ring) => {
      const out = ring.pool.createBurst(8);
      append(out, 2);
      ring.send(out);
      await assert.rejects(
        ring.tx.drain({ timeoutMs: 0 }),
        pmdError('ERR_PMD_NOT_SENT', /2 frames were not sent: nobody receives/),
      );
      ring.receive(out);
      await ring.tx.drain();
    }),
  );

  it(
    'passes frames of several buffers whole',
    withRing(async (ring) => {
      const out = ring.pool.createBurst(8);
      append(out, 3);
      out.chain(0, 3);
      assert.equal(ring.send(out), 3);
      const burst = ring.pool.createBurst(4);
      append(burst, 2);
      assert.equal(ring.receive(burst), 0);
      burst.release();
      assert.equal(ring.receive(burst), 3);
      assert.equal(burst.frameEntries(0), 3);
    }),
  );

  it(
    'refuses a frame that requests something, and one that is not the application’s',
    withRing(async (ring) => {
      const out = ring.pool.createBurst(8, { columns: ['txRequest'] });
      append(out, 3);
      out.txRequests[1] = 2;
      assert.throws(() => ring.send(out), pmdError('ERR_PMD_INVALID_ARGUMENT', /entry 1/));
      out.txRequests[1] = 0;
      out.indices[2] = out.indices[0]!;
      assert.throws(() => ring.send(out), pmdError('ERR_PMD_NOT_OWNER', /entry 2/));
      assert.equal(out.count, 3);
    }),
  );

  it(
    'refuses frames of another pool',
    withRing(async (ring, open) => {
      const other = await open.pool();
      const burst = other.createBurst(1);
      append(burst, 1);
      assert.throws(() => ring.send(burst), pmdError('ERR_PMD_POOL_MISMATCH'));
      burst.release();
    }),
  );

  it('refuses wrong options', async () => {
    const wrong: unknown[] = [undefined, null, {}, { pool: 5 }, 'x'];
    for (const options of wrong)
      assert.throws(() => createRing(options as RingOptions), pmdError('ERR_PMD_INVALID_ARGUMENT'));
  });

  it(
    'refuses wrong capacities, users and tokens',
    withRing(async (ring) => {
      const { pool } = ring;
      const invalid = pmdError('ERR_PMD_INVALID_ARGUMENT');
      for (const capacity of [0, 1, 3, 1000, 2 ** 21, 2.5, -2, '64', null, Number.NaN])
        assert.throws(() => createRing({ pool, capacity: capacity as number }), invalid);
      for (const users of ['one', null, 1, {}]) {
        assert.throws(() => createRing({ pool, producers: users as 'single' }), invalid);
        assert.throws(() => createRing({ pool, consumers: users as 'single' }), invalid);
      }
      assert.throws(() => createRing({ pool, size: 5 } as unknown as RingOptions), invalid);
      for (const token of [undefined, null, {}, pool.token, ring.rx.token, { ...ring.token, ring: -1 }])
        assert.throws(() => attachRing(token as RingToken), invalid);
      assert.throws(
        () => attachRing({ ...ring.token, ring: ring.token.ring + 10_000 }),
        pmdError('ERR_PMD_CLOSED'),
      );
    }),
  );

  it(
    'is not used with the pool of another',
    withRing(async (ring, open) => {
      const other = await open.pool();
      const forged = attachRing({ ...ring.token, pool: other.token.pool });
      assert.throws(() => forged.receive(other.createBurst()), pmdError('ERR_PMD_POOL_MISMATCH'));
    }),
  );

  it(
    'shows what it is',
    withRing(async (ring) => {
      assert.match(inspect(ring), /^Ring \{\s+capacity: 1024,\s+token: \{ kind: 'vfio-pmd\/ring'/);
    }),
  );
});

describe('A ring between threads', () => {
  it(
    'has one thread at each end, until that gives it up',
    withRing(async (ring) => {
      const worker = await startRingWorker(ring, ring);
      const burst = ring.pool.createBurst(4);
      assert.equal(await worker.do('receive'), 0);
      assert.throws(() => ring.receive(burst), pmdError('ERR_PMD_BUSY', /another thread/));
      append(burst, 4);
      assert.equal(ring.send(burst), 4);
      assert.equal(await worker.do('send'), 'ERR_PMD_BUSY');
      await worker.do('detach');
      assert.equal(ring.receive(burst), 4);
      burst.release();
      await worker.end();
    }),
  );

  it(
    'lets several threads in where it was made for them',
    withRing(
      async (ring) => {
        const worker = await startRingWorker(ring, ring);
        const burst = ring.pool.createBurst(4);
        assert.equal(await worker.do('receive'), 0);
        assert.equal(ring.receive(burst), 0);
        append(burst, 4);
        assert.equal(ring.send(burst), 4);
        assert.equal(await worker.do('receive'), 4);
        assert.equal(await worker.do('send'), 4);
        assert.equal(ring.receive(burst), 4);
        burst.release();
        await worker.end();
      },
      { producers: 'multi', consumers: 'multi' },
    ),
  );

  it(
    'takes frames to a worker that sleeps and back, in order',
    withRing(async (there) => {
      const back = createRing({ pool: there.pool });
      const worker = await startRingWorker(there, back);
      await worker.do('forward');
      const out = there.pool.createBurst(32);
      const seen: number[] = [];
      const iteration = back.bursts();
      const reading = (async () => {
        for await (const burst of iteration) seen.push(...numbersIn(burst));
      })();
      for (let first = 0; first < 20_000; first += 20) {
        append(out, 20, first);
        await until('room', () => {
          there.send(out);
          return out.count === 0;
        });
        if (first % 1000 === 0) await until('all to be back', () => seen.length === first + 20);
      }
      await until('all to be back', () => seen.length === 20_000);
      assert.deepEqual(seen, numbers(20_000));
      await iteration.return();
      await reading;
      await worker.end();
      await back.close();
      isWhole(there.pool);
    }),
  );
});
