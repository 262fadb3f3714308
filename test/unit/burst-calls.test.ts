import assert from 'node:assert/strict';
import { pmdError } from '../support/errors.ts';
import { drain, fill, frameTo, receiveAll, sequenceOf } from '../support/frames.ts';
import { closing, freshAddress, freshFlood } from '../support/ports.ts';
import { spinUntil } from '../support/until.ts';

describe('receive', () => {
  it(
    'returns 0 when there is nothing',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = port.pool.createBurst(32, { timestamps: true });
      for (let i = 0; i < 100; i++) assert.equal(port.rx[0].receive(burst), 0);
      assert.equal(burst.count, 0);
      assert.equal(burst.timestampNs, 0);
    }),
  );

  it(
    'appends, up to max and to the capacity, and says what it appended',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const out = left.pool.createBurst(64);
      fill(out, right, 50);
      assert.equal(left.tx[0].send(out), 50);
      const burst = right.pool.createBurst(40, { timestamps: true });
      receiveAll(right, burst, 10);
      assert.equal(right.rx[0].receive(burst, 0), 0);
      const before = process.hrtime.bigint();
      spinUntil(
        'receiving 7',
        () => right.rx[0].receive(burst, 7 - (burst.count - 10)) >= 0 && burst.count === 17,
      );
      assert.ok(
        burst.timestampNs >= Number(before) - 1e3 &&
          burst.timestampNs <= Number(process.hrtime.bigint()) + 1e3,
      );
      receiveAll(right, burst, 40);
      assert.equal(right.rx[0].receive(burst), 0);
      assert.equal(burst.count, 40);
      for (let i = 0; i < 40; i++) assert.equal(sequenceOf(burst, i), i);
      burst.release();
      receiveAll(right, burst, 10);
      assert.deepEqual(
        [...Array(10).keys()].map((i) => sequenceOf(burst, i)),
        [...Array(10).keys()].map((i) => 40 + i),
      );
      burst.release();
    }),
  );

  it(
    'refuses a max that is no number of frames',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = port.pool.createBurst();
      for (const max of [
        -1,
        0.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        2 ** 32 + 1,
        '1',
        null,
        true,
        {},
        1n,
        Symbol('one'),
      ]) {
        assert.throws(
          () => port.rx[0].receive(burst, max as number),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /max is/),
          String(max),
        );
      }
    }),
  );

  it(
    'counts no shortage of buffers while there are some, and one when there are none',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 512, hugePages: 'never' });
      const port = await open.port(freshFlood(), { pool, rxRing: 32, txRing: 32 });
      const hold = pool.createBurst(1024);
      const burst = pool.createBurst(1024);
      spinUntil('a frame', () => port.rx[0].receive(burst) > 0);
      burst.release();
      assert.equal(port.stats().rxNoBuffer, 0);
      hold.allocate();
      spinUntil('a shortage', () => {
        assert.equal(port.rx[0].receive(burst), 0);
        return port.stats().rxNoBuffer > 0;
      });
      hold.release();
      spinUntil('frames again', () => port.rx[0].receive(burst) > 0);
      burst.release();
      assert.deepEqual(pool.usage(), { free: 480, rxRings: 32, txRings: 0, application: 0 });
    }),
  );

  it(
    'drops no frame for want of buffers: they wait on the ring, in order',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 512, hugePages: 'never' });
      const address = freshAddress();
      const from = await open.port(address);
      const to = await open.port(address, { pool, rxRing: 64, txRing: 32 });
      const hold = pool.createBurst(1024);
      hold.allocate();
      const out = from.pool.createBurst(32);
      fill(out, to, 32);
      assert.equal(from.tx[0].send(out), 32);
      const burst = pool.createBurst(32);
      spinUntil('a shortage', () => to.rx[0].receive(burst) === 0 && to.stats().rxNoBuffer > 0);
      hold.release();
      receiveAll(to, burst, 32);
      for (let i = 0; i < 32; i++) assert.equal(sequenceOf(burst, i), i);
      burst.release();
    }),
  );
});

describe('send', () => {
  it(
    'takes what fits the ring and keeps the rest at the front',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port(`${freshAddress()},rate=1`, { pool, txRing: 32 });
      const burst = pool.createBurst(100);
      fill(burst, port, 100);
      const sent = port.tx[0].send(burst);
      assert.equal(sent, 31); // one descriptor stays empty
      assert.equal(burst.count, 69);
      for (let i = 0; i < 69; i++) assert.equal(sequenceOf(burst, i), sent + i);
      assert.equal(port.tx[0].send(burst), port.stats().txPackets - 31); // full, or as far as the device has come
      assert.ok(port.stats().txRingFull >= 1);
      burst.release();
      const { application, txRings } = pool.usage();
      assert.ok(application === 0 && txRings <= 31);
    }),
  );

  it(
    'sends everything in time, in order',
    closing(async (open) => {
      const [left, right] = await open.wire({ txRing: 32 });
      const out = left.pool.createBurst(300);
      const burst = right.pool.createBurst(300);
      fill(out, right, 300);
      spinUntil('sending', () => {
        left.tx[0].send(out);
        right.rx[0].receive(burst);
        return burst.count === 300;
      });
      for (let i = 0; i < 300; i++) assert.equal(sequenceOf(burst, i), i);
      burst.release();
      drain(left);
      assert.equal(left.pool.usage().application, 0);
    }),
  );

  it(
    'returns 0 for an empty burst and rings no doorbell',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = port.pool.createBurst();
      assert.equal(port.tx[0].send(burst), 0);
      await port.refresh();
      const before = port.stats().bus['tdtWrites'];
      for (let i = 0; i < 10; i++) assert.equal(port.tx[0].send(burst), 0);
      await port.refresh();
      assert.equal(port.stats().bus['tdtWrites'], before);
      assert.equal(port.stats().txRingFull, 0);
    }),
  );

  for (const length of [14, 15, 42, 59, 60]) {
    it(
      `pads a frame of ${length} bytes to 60 with zeros, whatever its buffer held`,
      closing(async (open) => {
        const [left, right] = await open.wire();
        left.pool.bytes.fill(0xee);
        const out = left.pool.createBurst();
        out.append(frameTo(right, length));
        left.tx[0].send(out);
        const burst = right.pool.createBurst();
        receiveAll(right, burst, 1);
        assert.deepEqual(burst.frame(0), Buffer.concat([frameTo(right, length)], 60));
        assert.equal(left.stats().txBytes, 60);
        burst.release();
      }),
    );
  }

  it(
    'sends a frame from anywhere in its buffer',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const out = left.pool.createBurst();
      const burst = right.pool.createBurst();
      for (const offset of [0, 1, 127, 129, 1000, 2176 - 60]) {
        assert.equal(out.allocate(1), 1);
        out.offsets[0] = offset;
        out.lengths[0] = 60;
        out.frame(0).set(frameTo(right, 60, offset));
        left.tx[0].send(out);
        receiveAll(right, burst, 1);
        assert.deepEqual(burst.frame(0), frameTo(right, 60, offset));
        burst.release();
      }
    }),
  );

  it(
    'sends short frames and frames over the end of a page at any place among others',
    closing(async (open) => {
      const pool = await open.pool({ hugePages: 'never' });
      const [left, right] = await open.wire({ pool });
      const out = pool.createBurst(9);
      const burst = pool.createBurst(9);
      for (let special = 0; special < 9; special++) {
        for (const length of [20, 300]) {
          const frames = Array.from({ length: 9 }, (_, i) =>
            frameTo(right, i === special ? length : 60 + i, i),
          );
          assert.equal(out.allocate(), 9);
          frames.forEach((frame, i) => {
            const begin = out.indices[i]! * pool.stride;
            const toPageEnd = 4096 - (begin % 4096);
            if (frame.length === 300 && toPageEnd > 150 && toPageEnd < 2000) out.offsets[i] = toPageEnd - 150;
            out.lengths[i] = frame.length;
            out.frame(i).set(frame);
          });
          assert.equal(left.tx[0].send(out), 9);
          receiveAll(right, burst, 9);
          frames.forEach((frame, i) => {
            assert.deepEqual(
              burst.frame(i),
              Buffer.concat([frame], Math.max(60, frame.length)),
              `frame ${i}`,
            );
          });
          burst.release();
        }
      }
    }),
  );

  it(
    'honours the MTU',
    closing(async (open) => {
      const [left, right] = await open.wire({ mtu: 100 });
      const out = left.pool.createBurst();
      out.append(frameTo(right, 119));
      assert.throws(() => left.tx[0].send(out), pmdError('ERR_PMD_FRAME_LENGTH', /entry 0/));
      out.lengths[0] = 118;
      assert.equal(left.tx[0].send(out), 1);
      await left.setMtu(1500);
      out.append(frameTo(right, 1518));
      assert.equal(left.tx[0].send(out), 1);
    }),
  );

  it(
    'takes back the buffers when asked',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = port.pool.createBurst();
      fill(burst, port, 20);
      port.tx[0].send(burst);
      let reclaimed = 0;
      spinUntil('reclaiming', () => {
        reclaimed += port.tx[0].reclaim();
        return reclaimed === 20;
      });
      assert.equal(port.tx[0].reclaim(), 0);
      assert.equal(port.pool.usage().txRings, 0);
    }),
  );
});

describe('ownership', () => {
  it(
    "refuses another pool's burst, before anything changes",
    closing(async (open) => {
      const [left, right] = await open.wire();
      const burst = right.pool.createBurst();
      fill(burst, right, 3);
      const before = [burst.count, right.pool.usage(), left.pool.usage()];
      assert.throws(() => left.tx[0].send(burst), pmdError('ERR_PMD_POOL_MISMATCH', /one pool, or copy/));
      assert.throws(() => left.rx[0].receive(burst), pmdError('ERR_PMD_POOL_MISMATCH'));
      assert.deepEqual([burst.count, right.pool.usage(), left.pool.usage()], before);
      assert.equal(right.tx[0].send(burst), 3);
    }),
  );

  it(
    'refuses frames that were released',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = port.pool.createBurst();
      fill(burst, port, 2);
      const indices = [...burst.indices.subarray(0, 2)];
      burst.release();
      const header = new Uint32Array(burst.indices.buffer, 0, 1);
      header[0] = 2;
      burst.indices.set(indices);
      assert.throws(() => port.tx[0].send(burst), pmdError('ERR_PMD_NOT_OWNER', /entry 0 /));
      assert.throws(() => burst.release(), pmdError('ERR_PMD_NOT_OWNER', /entry 0 /));
      header[0] = 0;
    }),
  );

  it(
    'refuses frames that were sent',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = port.pool.createBurst();
      const twin = port.pool.createBurst();
      fill(burst, port, 2);
      twin.allocate(2);
      const own = [...twin.indices.subarray(0, 2)];
      twin.indices.set(burst.indices.subarray(0, 2));
      twin.lengths.fill(60);
      assert.equal(port.tx[0].send(burst), 2);
      assert.throws(() => port.tx[0].send(twin), pmdError('ERR_PMD_NOT_OWNER', /entry 0 /));
      assert.throws(() => twin.release(), pmdError('ERR_PMD_NOT_OWNER', /entry 0 /));
      twin.indices.set(own);
      twin.release();
      assert.equal(port.pool.usage().application, 0);
    }),
  );

  it(
    'lets a frame be released or sent through any burst of its thread',
    closing(async (open) => {
      const [port] = await open.wire();
      const [a, b] = [port.pool.createBurst(), port.pool.createBurst()];
      fill(a, port, 1);
      fill(b, port, 1, 1);
      const swap = a.indices[0]!;
      a.indices[0] = b.indices[0]!;
      b.indices[0] = swap;
      assert.equal(port.tx[0].send(a), 1);
      b.release();
      assert.equal(port.pool.usage().application, 0);
    }),
  );

  it(
    'forwards between two ports with one pool, in both directions, without a copy',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 8192, hugePages: 'never' });
      const [outer, left] = await open.wire({ pool });
      const [right, far] = await open.wire({ pool });
      const burst = pool.createBurst();
      fill(burst, left, 32);
      assert.equal(outer.tx[0].send(burst), 32);
      receiveAll(left, burst, 32);
      const buffers = [...burst.indices];
      for (let i = 0; i < 32; i++) burst.view(i).set(frameTo(far, 14), burst.offsets[i]);
      assert.equal(right.tx[0].send(burst), 32);
      receiveAll(far, burst, 32);
      for (let i = 0; i < 32; i++) assert.equal(sequenceOf(burst, i), i);
      assert.notDeepEqual([...burst.indices], buffers); // the far port's own
      burst.release();
      drain(outer, right);
      assert.deepEqual(pool.usage(), {
        free: pool.buffers - 4 * 512,
        rxRings: 4 * 512,
        txRings: 0,
        application: 0,
      });
    }),
  );

  it(
    'gives each port a pool of its own by default',
    closing(async (open) => {
      const [left, right] = await open.wire();
      assert.notEqual(left.pool, right.pool);
      assert.equal(left.pool.usage().rxRings, 512);
    }),
  );
});
