import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Burst, Iteration, Port } from '../../src/index.ts';
import { inject } from '../faults/support/rig.ts';
import { pmdError } from '../support/errors.ts';
import { fill, frameTo, sequenceOf } from '../support/frames.ts';
import { closing, freshFlood } from '../support/ports.ts';
import { QueueWorker } from '../support/queue-worker-client.ts';
import { settles, until } from '../support/until.ts';

const done = { done: true, value: undefined };

/** Whose readers are woken by events alone, and not once a second as well. */
function withoutCheck(...ports: Port[]): void {
  for (const port of ports) inject(port, 'lost-check');
}

/** Lets an iteration fall asleep. In an array: what it will come to is not to be awaited yet. */
async function asleep<T>(iteration: Iteration<T>): Promise<[Promise<IteratorResult<T, void>>]> {
  const next = iteration.next();
  for (let turns = 0; turns < 3; turns++) await setImmediate();
  return [next];
}

describe('An iteration that sleeps', () => {
  for (const kind of ['bursts', 'frames'] as const) {
    it(
      `ends at once at return(), ${kind}`,
      closing(async (open) => {
        const [port] = await open.wire();
        withoutCheck(port);
        const iteration = port.rx[0][kind]() as Iteration<Burst | Buffer>;
        const waiting = await asleep(iteration);
        assert.deepEqual(await settles('return()', iteration.return()), done);
        assert.deepEqual(await waiting[0], done);
        assert.deepEqual(await iteration.next(), done);
        assert.equal(port.pool.usage().application, 0);
      }),
    );
  }

  it(
    'ends at once at throw(), which rejects',
    closing(async (open) => {
      const [port] = await open.wire();
      withoutCheck(port);
      const iteration = port.rx[0].bursts();
      const waiting = await asleep(iteration);
      await assert.rejects(settles('throw()', iteration.throw(new RangeError('of mine'))), /of mine/);
      assert.deepEqual(await waiting[0], done);
    }),
  );

  it(
    'ends at once when the queue is detached, and does not take it back',
    closing(async (open) => {
      const [port] = await open.wire();
      withoutCheck(port);
      const waiting = await asleep(port.rx[0].bursts());
      port.rx[0].detach();
      assert.deepEqual(await settles('the end', waiting[0]), done);
    }),
  );

  it(
    'ends at once when its port is closed',
    closing(async (open) => {
      const [port] = await open.wire();
      withoutCheck(port);
      const waiting = await asleep(port.rx[0].bursts());
      await port.close();
      assert.deepEqual(await settles('the end', waiting[0]), done);
    }),
  );

  it(
    'throws ERR_PMD_REMOVED at once when the device is removed',
    closing(async (open) => {
      const [port] = await open.wire();
      withoutCheck(port);
      const [next] = await asleep(port.rx[0].bursts());
      inject(port, 'removal');
      await assert.rejects(settles('the end', next), pmdError('ERR_PMD_REMOVED'));
    }),
  );

  it(
    'wakes for a frame without the periodic check, as another on the same queue does',
    closing(async (open) => {
      const [left, right] = await open.wire();
      withoutCheck(left, right);
      const iterations = [right.rx[0].bursts({ capacity: 1 }), right.rx[0].bursts({ capacity: 1 })];
      const waiting = await Promise.all(iterations.map((iteration) => asleep(iteration)));
      const out = left.pool.createBurst(2);
      fill(out, right, 2);
      assert.equal(left.tx[0].send(out), 2);
      const results = await settles('both frames', Promise.all(waiting.flat()));
      const seen = results.map(({ value }) => sequenceOf(value as Burst, 0));
      assert.deepEqual(seen.sort(), [0, 1]);
      await Promise.all(iterations.map((iteration) => iteration.return()));
      assert.equal(right.pool.usage().application, 0);
    }),
  );

  it(
    'leaves another on the same queue asleep when it ends',
    closing(async (open) => {
      const [left, right] = await open.wire();
      withoutCheck(left, right);
      const [first, second] = [right.rx[0].bursts(), right.rx[0].bursts()];
      await asleep(first);
      const [next] = await asleep(second);
      await first.return();
      const out = left.pool.createBurst(1);
      fill(out, right, 1);
      left.tx[0].send(out);
      const { value } = await settles('the frame', next);
      assert.equal((value as Burst).count, 1);
      await second.return();
    }),
  );
});

describe('An iteration that has not begun', () => {
  it(
    'throws ERR_PMD_BUSY when another thread has the queue',
    closing(async (open) => {
      const [port] = await open.wire();
      const worker = new QueueWorker(port);
      assert.equal(await worker.do('try'), 0);
      await assert.rejects(port.rx[0].bursts().next(), pmdError('ERR_PMD_BUSY'));
      await worker.terminate();
    }),
  );

  it(
    'is over after return(), and when its signal was aborted',
    closing(async (open) => {
      const [port] = await open.wire();
      const iteration = port.rx[0].bursts();
      assert.deepEqual(await iteration.return(), done);
      assert.deepEqual(await iteration.next(), done);
      assert.deepEqual(await port.rx[0].frames({ signal: AbortSignal.abort() }).next(), done);
    }),
  );
});

describe('An iteration that is over', () => {
  it(
    'does not notice an abort, or a return()',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const controller = new AbortController();
      const iteration = port.rx[0].bursts({ signal: controller.signal });
      await iteration.next();
      await iteration.return();
      controller.abort();
      assert.deepEqual(await iteration.return(), done);
      assert.equal(port.pool.usage().application, 0);
    }),
  );
});

describe('The body of an iteration', () => {
  it(
    'keeps its burst until it asks for the next one, also when the queue is detached',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port(freshFlood(), { pool });
      let bursts = 0;
      for await (const burst of port.rx[0]) {
        bursts++;
        const before = burst.count;
        port.rx[0].detach();
        await setImmediate();
        assert.equal(burst.count, before);
        assert.ok(burst.frame(0).length >= 60);
      }
      assert.equal(bursts, 1);
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'that throws releases the frames, and an `await using` does',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const iteration = port.rx[0].bursts();
      const { value } = await iteration.next();
      assert.ok((value as Burst).count > 0);
      await iteration[Symbol.asyncDispose]();
      assert.equal(port.pool.usage().application, 0);
      assert.deepEqual(await iteration.next(), done);
    }),
  );
});

describe('An iteration after unref()', () => {
  it(
    'goes on, frame for frame, while something else keeps the event loop alive',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const alive = setInterval(() => {}, 1000);
      let bursts = 0;
      for await (const burst of port.rx[0].bursts({ sliceUs: 1 }).unref()) {
        assert.ok(burst.count > 0);
        if (++bursts === 100) break;
      }
      clearInterval(alive);
      assert.equal(port.pool.usage().application, 0);
    }),
  );
});

describe('Readable.from', () => {
  it(
    'a queue that sends nothing can be destroyed',
    closing(async (open) => {
      const [port] = await open.wire();
      withoutCheck(port);
      for (const iterable of [port.rx[0], port.rx[0].frames()]) {
        const stream = Readable.from(iterable);
        stream.on('data', () => assert.fail('no frame was sent'));
        for (let turns = 0; turns < 3; turns++) await setImmediate();
        stream.destroy();
        await settles('the end', once(stream, 'close'));
      }
    }),
  );

  it(
    'rx.frames() gives each frame as a copy of its own, in order',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const out = left.pool.createBurst(100);
      fill(out, right, 100);
      assert.equal(left.tx[0].send(out), 100);
      const frames: Buffer[] = [];
      for await (const frame of Readable.from(right.rx[0].frames())) {
        frames.push(frame);
        if (frames.length === 100) break;
      }
      right.pool.bytes.fill(0xee);
      assert.deepEqual(
        frames,
        frames.map((_, i) => frameTo(right, 60, i)),
      );
      await until('all frames to be released', () => right.pool.usage().application === 0);
    }),
  );

  it(
    'rx.frames() joins the entries of a frame',
    closing(async (open) => {
      const options = { mtu: 4000, chains: true, pool: await open.pool() };
      const [left, right] = await open.wire(options);
      const out = left.pool.createBurst(2);
      const half = (value: number) => Buffer.alloc(1500, value);
      const head = Buffer.concat([Buffer.alloc(6, 0xff), Buffer.alloc(1494, 1)]);
      assert.ok(out.append(head) && out.append(half(2)));
      out.chain(0, 2);
      assert.equal(left.tx[0].send(out), 2);
      for await (const frame of right.rx[0].frames()) {
        assert.deepEqual(frame, Buffer.concat([head, half(2)]));
        break;
      }
    }),
  );
});
