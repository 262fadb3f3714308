import assert from 'node:assert/strict';
import type { Port } from '../../src/index.ts';
import { isWhole } from '../faults/support/rig.ts';
import { pmdError } from '../support/errors.ts';
import { drain, fill, receiveAll, sequenceOf } from '../support/frames.ts';
import { type Closing, closing, freshFlood } from '../support/ports.ts';
import { QueueWorker } from '../support/queue-worker-client.ts';
import { until } from '../support/until.ts';
import { nextMessage, startWorker } from '../support/workers.ts';

/** A wire whose right end a worker uses. */
async function wireWithWorker(open: Closing): Promise<[Port, Port, QueueWorker]> {
  const pool = await open.pool();
  const [left, right] = await open.wire({ pool });
  return [left, right, new QueueWorker(right)];
}

function sendTo(right: Port, left: Port, count: number): void {
  const burst = left.pool.createBurst(count);
  fill(burst, right, count);
  assert.equal(left.tx[0].send(burst), count);
}

describe('a worker with the token of a queue', () => {
  it(
    'receives and sends, over the same memory',
    closing(async (open) => {
      const [left, right, worker] = await wireWithWorker(open);
      sendTo(right, left, 1);
      assert.equal(await worker.do('receive'), 1);
      assert.equal(left.pool.usage().application, 1);
      await right.setMac('02:00:00:00:77:01'); // the frame that is to come back is for left now
      await left.setMac(left.mac);
      assert.equal(await worker.do('send'), 1);
      await worker.terminate();
      drain(left, right);
      assert.equal(left.pool.usage().application, 0);
    }),
  );

  it(
    'keeps other threads out of the queue until it lets go',
    closing(async (open) => {
      const [left, right, worker] = await wireWithWorker(open);
      const burst = right.pool.createBurst();
      assert.equal(await worker.do('try'), 0);
      assert.throws(() => right.rx[0].receive(burst), pmdError('ERR_PMD_BUSY', /another thread/));
      assert.equal(right.tx[0].send(burst), 0); // the worker has not used that one
      assert.equal(await worker.do('send'), 'ERR_PMD_BUSY');
      await worker.do('detach');
      sendTo(right, left, 3);
      receiveAll(right, burst, 3);
      for (let i = 0; i < 3; i++) assert.equal(sequenceOf(burst, i), i);
      burst.release();
      assert.equal(await worker.do('try'), 'ERR_PMD_BUSY');
      right.rx[0].detach();
      right.tx[0].detach();
      assert.equal(await worker.do('try'), 0);
      assert.equal(await worker.do('send'), 0);
      await worker.terminate();
    }),
  );

  it(
    'keeps its frames when it lets go of the queue',
    closing(async (open) => {
      const [left, right, worker] = await wireWithWorker(open);
      sendTo(right, left, 2);
      await worker.do('receive');
      await worker.do('detach');
      assert.equal(left.pool.usage().application, await worker.do('count'));
      await worker.do('release');
      await worker.terminate();
    }),
  );

  it(
    'iterates',
    closing(async (open) => {
      const [left, right, worker] = await wireWithWorker(open);
      const iterated = worker.do('iterate');
      sendTo(right, left, 1);
      assert.equal(await iterated, 1);
      await worker.terminate();
    }),
  );

  it(
    'is told that the port was closed',
    closing(async (open) => {
      const [, right, worker] = await wireWithWorker(open);
      assert.equal(await worker.do('try'), 0);
      assert.equal(await worker.do('send'), 0);
      await right.close();
      assert.equal(await worker.do('try'), 'ERR_PMD_CLOSED');
      assert.equal(await worker.do('send'), 'ERR_PMD_CLOSED');
      await worker.terminate();
    }),
  );

  it(
    'hears that its pool is closed when its event loop turns',
    closing(async (open) => {
      const [left, right, worker] = await wireWithWorker(open);
      assert.ok((await worker.do('allocate')) === 64);
      await Promise.all([left.close(), right.close()]);
      await left.pool.close();
      while ((await worker.do('closed')) === false);
      assert.equal(await worker.do('release'), 'ERR_PMD_CLOSED');
      assert.equal(await worker.do('allocate'), 'ERR_PMD_CLOSED');
      await worker.terminate();
    }),
  );

  for (const how of ['terminate', 'exit', 'throw'] as const) {
    it(
      `gives everything back at ${how}`,
      closing(async (open) => {
        const [left, right, worker] = await wireWithWorker(open);
        sendTo(right, left, 5);
        await worker.do('receive');
        await worker.do('allocate');
        await worker.do('send').catch(() => {});
        if (how === 'terminate') await worker.terminate();
        else assert.equal(await worker.end(how), how === 'exit' ? 7 : 1);
        drain(left, right);
        assert.equal(left.pool.usage().application, 0);
        const burst = right.pool.createBurst();
        fill(burst, left, 1);
        assert.equal(right.tx[0].send(burst), 1); // the queues are free
        right.rx[0].receive(burst);
        burst.release();
      }),
    );
  }

  it(
    'can be terminated while it polls, and the port lives on',
    closing(async (open) => {
      const pool = await open.pool();
      const from = await open.port(freshFlood(), { pool });
      const to = await open.port(freshFlood(), { pool });
      for (let round = 0; round < 5; round++) {
        const worker = new QueueWorker(from, to);
        assert.equal(await worker.do('spin'), 'spinning');
        const before = from.stats().rxPackets;
        await until('forwarding', () => from.stats().rxPackets > before);
        await worker.terminate();
        drain(from, to);
        assert.deepEqual(pool.usage(), {
          free: pool.buffers - 1024,
          rxRings: 1024,
          txRings: 0,
          application: 0,
        });
        from.tx[0].detach();
        to.tx[0].detach();
      }
      const burst = pool.createBurst();
      await until('a frame', () => from.rx[0].receive(burst) > 0);
      burst.release();
    }),
  );

  it(
    'may poll while the port is closed under it',
    closing(async (open) => {
      const pool = await open.pool();
      const from = await open.port(freshFlood(), { pool });
      const to = await open.port(freshFlood(), { pool });
      const worker = new QueueWorker(from, to);
      await worker.do('spin');
      const failed = new Promise<Error>((resolve) => worker.worker.once('message', resolve));
      await Promise.all([to.close(), from.close()]);
      assert.equal(((await failed) as unknown as { code: string }).code, 'ERR_PMD_CLOSED');
      await worker.terminate();
      isWhole(pool);
    }),
  );
});

describe('more workers than the addon has places for', () => {
  it(
    'have bursts of their own, each of its own pool; and so have those that come after them',
    closing(async (open) => {
      // Eight environments are found quickly, this thread's among them: see native/binding/env_table.h.
      const pools = await Promise.all(Array.from({ length: 12 }, (_, i) => open.pool({ buffers: 64 + i })));
      for (let round = 0; round < 2; round++) {
        const workers = pools.map((pool) => startWorker('allocate-worker.ts', pool.token));
        try {
          const allocated = await Promise.all(workers.map((worker) => nextMessage<number>(worker)));
          assert.deepEqual(
            allocated,
            pools.map((pool) => pool.buffers),
          );
        } finally {
          await Promise.all(workers.map((worker) => worker.terminate()));
        }
        pools.reverse(); // whoever has the place of another now has another pool
      }
    }),
  );
});

describe('the addon loaded twice in one thread', () => {
  it('reads the clock into the call block of the one that was asked', async () => {
    const worker = startWorker('two-loads-worker.ts', undefined);
    try {
      const [ofOne, ofOther] = await nextMessage<number[][]>(worker);
      for (const [own, others] of [ofOne!, ofOther!.toReversed()]) {
        assert.ok(own! > 0);
        assert.equal(others, -1);
      }
    } finally {
      await worker.terminate();
    }
  });
});

describe('attaching to a queue', () => {
  it(
    'calls no setter that somebody gave to all objects',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const seen: unknown[] = [];
      const setter = { configurable: true, set: (value: unknown) => void seen.push(value) };
      const names = ['receive', 'wait', 'detach', 'queue'];
      for (const name of names) Object.defineProperty(Object.prototype, name, setter);
      try {
        receiveAll(port, port.pool.createBurst(), 1);
      } finally {
        for (const name of names) Reflect.deleteProperty(Object.prototype, name);
      }
      assert.deepEqual(seen, []);
    }),
  );
});
