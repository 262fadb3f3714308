import assert from 'node:assert/strict';
import { addon } from '../../src/core/native.ts';
import type { RxQueue } from '../../src/index.ts';
import { closing } from '../support/ports.ts';
import { settles, until } from '../support/until.ts';
import { nextMessage, startWorker } from '../support/workers.ts';
import { flowsByQueue, freshLoop, needsLoopback, send, sequenceOf, take, udpTo } from './support/loopback.ts';

describe('a port with several queues', () => {
  before(needsLoopback);

  it(
    'has as many as the device, each with a number of its own',
    closing(async (open) => {
      const port = await open.port(freshLoop());
      assert.deepEqual([port.rx.length, port.tx.length], [2, 2]);
      assert.deepEqual(
        [...port.rx, ...port.tx].map(({ token }) => [token.kind, token.queue]),
        [
          ['vfio-pmd/rx', 0],
          ['vfio-pmd/rx', 1],
          ['vfio-pmd/tx', 0],
          ['vfio-pmd/tx', 1],
        ],
      );
    }),
  );

  it(
    'uses as many as it is asked to, and spreads frames over these',
    closing(async (open) => {
      const port = await open.port(freshLoop(), { rxQueues: 1 });
      assert.deepEqual([port.rx.length, port.tx.length], [1, 2]);
      send(
        port,
        Array.from({ length: 40 }, (_, flow) => udpTo(port, flow)),
        1,
      );
      assert.equal(take(port.rx[0]), 40);
      assert.throws(() => addon.attachRx(port.rx[0].token.port, 1, port.pool.token.pool), /no RX queue 1/);
    }),
  );

  it(
    'receives both directions of a flow at one queue, and flows at all queues',
    closing(async (open) => {
      const port = await open.port(freshLoop());
      const flows = flowsByQueue(port, 8);
      for (const [queue, list] of flows.entries()) {
        for (const flow of list) {
          send(port, [udpTo(port, flow), udpTo(port, flow, { isReply: true })], flow % 2);
          assert.equal(take(port.rx[queue]!), 2, `flow ${flow}`);
        }
      }
      assert.deepEqual(port.rx.map(take), [0, 0]);
    }),
  );

  it(
    'counts for each queue, and sums up',
    closing(async (open) => {
      const port = await open.port(freshLoop());
      const flows = flowsByQueue(port, 1);
      const before = port.stats();
      send(port, Array(3).fill(udpTo(port, flows[0]![0]!)), 0);
      send(port, Array(5).fill(udpTo(port, flows[1]![0]!)), 1);
      assert.deepEqual(port.rx.map(take), [3, 5]);
      const after = port.stats();
      const grown = <Key extends 'rxQueues' | 'txQueues'>(key: Key) =>
        after[key].map((queue, i) => queue.packets - before[key][i]!.packets);
      assert.deepEqual(grown('rxQueues'), [3, 5]);
      assert.deepEqual(grown('txQueues'), [3, 5]);
      for (const stats of [before, after]) {
        assert.equal(
          stats.rxPackets,
          stats.rxQueues.reduce((sum, { packets }) => sum + packets, 0),
        );
        assert.equal(
          stats.txBytes,
          stats.txQueues.reduce((sum, { bytes }) => sum + bytes, 0),
        );
      }
      await port.refresh();
      assert.equal(port.stats().device.rxPackets, after.rxPackets);
    }),
  );

  it(
    'keeps the frames of a full queue from no other queue',
    closing(async (open) => {
      const port = await open.port(freshLoop(), { rxRing: 16 });
      const [full, other] = flowsByQueue(port, 1).map(([flow]) => flow!);
      send(port, Array(20).fill(udpTo(port, full!)));
      send(port, Array(4).fill(udpTo(port, other!)));
      assert.deepEqual(port.rx.map(take), [15, 4]);
      await port.refresh();
      assert.equal(port.stats().device.rxMissed, 5);
    }),
  );

  it(
    'lets a worker receive and send on queues while this thread uses the others',
    closing(async (open) => {
      const port = await open.port(freshLoop());
      const flows = flowsByQueue(port, 1);
      port.rx[1]!.detach();
      const worker = startWorker('queue-worker.ts', {
        pool: port.pool.token,
        rx: port.rx[1]!.token,
        tx: port.tx[1]!.token,
      });
      const ask = async (command: string) => {
        worker.postMessage(command);
        return await nextMessage<{ result?: unknown; code?: string }>(worker);
      };
      assert.deepEqual(await ask('try'), { result: 0 });
      send(port, [udpTo(port, flows[0]![0]!), udpTo(port, flows[1]![0]!)]);
      assert.deepEqual(await ask('receive'), { result: 1 });
      assert.throws(() => take(port.rx[1]!), { code: 'ERR_PMD_BUSY' });
      assert.equal(take(port.rx[0]), 1);
      // It goes back to where it came from, on the worker's TX queue.
      assert.deepEqual(await ask('send'), { result: 1 });
      assert.deepEqual(await ask('receive'), { result: 1 });
      assert.equal((await ask('release')).code, undefined);
      await worker.terminate();
      assert.equal(take(port.rx[1]!), 0);
    }),
  );
});

describe('readers of several queues', () => {
  before(needsLoopback);

  /** Takes `count` frames from the queue's iterator, in order. */
  async function read(rx: RxQueue, count: number): Promise<number[]> {
    const sequences: number[] = [];
    for await (const burst of rx) {
      for (let i = 0; i < burst.count; i++) sequences.push(sequenceOf(burst, i));
      if (sequences.length >= count) break;
    }
    return sequences;
  }

  it(
    'each get what arrives at their queue, in order',
    closing(async (open) => {
      const port = await open.port(freshLoop());
      const flows = flowsByQueue(port, 1);
      const readers = port.rx.map((rx) => read(rx, 60));
      for (let round = 0; round < 6; round++) {
        for (const [flow] of flows) {
          const frame = (_: unknown, i: number) => udpTo(port, flow!, { sequence: 10 * round + i });
          send(port, Array.from({ length: 10 }, frame));
        }
        await new Promise(setImmediate);
      }
      const expected = Array.from({ length: 60 }, (_, i) => i);
      assert.deepEqual(await settles('both readers', Promise.all(readers)), [expected, expected]);
    }),
  );

  it(
    'sleep, and an interrupt wakes those of its queue only',
    closing(async (open) => {
      const port = await open.port(freshLoop());
      const [awake, asleep] = flowsByQueue(port, 1).map(([flow]) => flow!);
      const waits = port.rx.map(({ token }) => addon.attachRx(token.port, token.queue, token.pool).wait);
      let woken = 0;
      let isOver = false; // a closed port lets nobody sleep
      const sleep = () => {
        waits[1]!(() => {
          woken += 1;
          if (!isOver) sleep();
        });
      };
      sleep();
      const rounds = 200;
      for (let round = 0; round < rounds; round++) {
        const event = new Promise<void>((wake) => waits[0]!(wake));
        send(port, [udpTo(port, awake!)]);
        await settles('the interrupt', event);
        assert.equal(take(port.rx[0]), 1);
      }
      // Once a second the port wakes all readers, in case an event was lost.
      assert.ok(woken < rounds / 2, `${woken} of ${rounds} interrupts woke the reader of the other queue`);
      const before = woken;
      send(port, [udpTo(port, asleep!)]);
      await until('its own interrupt', () => woken > before);
      isOver = true;
    }),
  );

  it(
    'all end when the port is closed',
    closing(async (open) => {
      const port = await open.port(freshLoop());
      const flows = flowsByQueue(port, 1);
      const frames = [0, 0];
      const readers = port.rx.map(async (rx, queue) => {
        for await (const burst of rx) frames[queue]! += burst.count;
      });
      for (const [flow] of flows) send(port, [udpTo(port, flow!)]);
      await until('a frame at each', () => frames.every((count) => count > 0));
      await settles('the close', port.close());
      await settles('both readers', Promise.all(readers));
      assert.deepEqual(frames, [1, 1]);
      assert.equal(port.pool.closed, true);
    }),
  );
});
