import assert from 'node:assert/strict';
import { pmdError } from '../support/errors.ts';
import { fill, frameTo, receiveAll, sequenceOf } from '../support/frames.ts';
import { closing } from '../support/ports.ts';
import { scaled } from '../support/scale.ts';

const now = () => process.hrtime.bigint();
/** What a frame takes besides its bytes. */
const framing = 24;

describe('the rate of a TX queue', () => {
  it(
    'lets through what may go at once, from the front, and keeps the rest',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const tx = left.tx[0];
      tx.setRate({ packetsPerSecond: 1, burstPackets: 10 });
      const burst = left.pool.createBurst(32);
      fill(burst, right, 32);
      assert.equal(tx.send(burst), 10);
      assert.equal(burst.count, 22);
      const received = right.pool.createBurst(32);
      receiveAll(right, received, 10);
      for (let i = 0; i < 10; i++) assert.equal(sequenceOf(received, i), i);
      for (let i = 0; i < 22; i++) assert.equal(sequenceOf(burst, i), 10 + i);
      tx.setRate(null);
      assert.equal(tx.send(burst), 22);
      receiveAll(right, received, 32);
      for (let i = 0; i < 32; i++) assert.equal(sequenceOf(received, i), i);
      received.release();
    }),
  );

  it(
    'is exact, however irregularly frames are sent',
    closing(async (open) => {
      const [left] = await open.wire({ pool: await open.pool({ buffers: 8192, hugePages: 'never' }) });
      const tx = left.tx[0];
      const burst = left.pool.createBurst(64);
      const refill = () => {
        burst.lengths.fill(60, burst.count, burst.count + burst.allocate(64 - burst.count));
        return burst;
      };
      // So much that nothing is lost however long this process is held up.
      const [perSecond, depth] = [20_000, 200_000];
      const earliest = now();
      tx.setRate({ packetsPerSecond: perSecond, burstPackets: depth });
      let sent = tx.send(refill());
      const latest = now(); // what comes before the first frame has no room
      while (sent < depth) sent += tx.send(refill());
      const periodNs = BigInt(scaled('ms of a rate', 500, { long: 10_000 })) * 1_000_000n;
      // To a send that the rate alone has kept from sending all.
      let before: bigint;
      let fullBefore: number;
      do {
        before = now();
        fullBefore = left.stats().txRingFull;
        sent += tx.send(refill());
      } while (before - latest < periodNs || burst.count === 0 || left.stats().txRingFull > fullBefore);
      const allowed = (ns: bigint) => depth + Math.floor((Number(ns) * perSecond) / 1e9);
      assert.ok(sent <= allowed(now() - earliest), `${sent}: too many`);
      assert.ok(sent >= allowed(before - latest), `${sent}: too few`);
      burst.release();
    }),
  );

  it(
    'of bits counts what each frame takes on the wire',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const tx = left.tx[0];
      const burst = left.pool.createBurst(8);
      // 60, 60 (which is padded) and 1000 bytes, and a byte too little for the fourth.
      tx.setRate({ bitsPerSecond: 1, burstBytes: 60 + 60 + 1000 + 100 + 4 * framing - 1 });
      for (const length of [60, 20, 1000, 100]) assert.ok(burst.append(frameTo(right, length)));
      assert.equal(tx.send(burst), 3);
      assert.equal(burst.lengths[0], 100);
      burst.release();
    }),
  );

  it(
    'lets a frame through that is longer than what may go at once, and then has it made up for',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const tx = left.tx[0];
      const burst = left.pool.createBurst(8);
      tx.setRate({ bitsPerSecond: 1, burstBytes: 84 });
      for (let i = 0; i < 2; i++) assert.ok(burst.append(frameTo(right, 1000)));
      assert.equal(tx.send(burst), 1);
      assert.equal(tx.send(burst), 0);
      burst.release();
    }),
  );

  it(
    'keeps the entries of a frame together',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const tx = left.tx[0];
      const burst = left.pool.createBurst(8);
      fill(burst, right, 6);
      burst.chain(0, 2);
      burst.chain(2, 3);
      tx.setRate({ packetsPerSecond: 1, burstPackets: 2 });
      assert.equal(tx.send(burst), 5);
      assert.equal(burst.count, 1);
      assert.equal(sequenceOf(burst, 0), 5);
      burst.release();
    }),
  );

  it(
    'holds for exchange, and leaves a burst as it was when an entry is refused',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const tx = left.tx[0];
      tx.setRate({ packetsPerSecond: 1, burstPackets: 3 });
      const burst = left.pool.createBurst(8);
      fill(burst, right, 5);
      burst.lengths[1] = 3;
      assert.throws(() => tx.send(burst), pmdError('ERR_PMD_FRAME_LENGTH', /entry 1/));
      assert.equal(burst.count, 5);
      for (const i of [0, 2, 3, 4]) assert.equal(sequenceOf(burst, i), i);
      burst.lengths[1] = 60;
      assert.equal(tx.exchange(burst, left.rx[0]), 0);
      assert.equal(burst.count, 2);
      burst.release();
    }),
  );

  it(
    'holds over detach, and ends with null',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const tx = left.tx[0];
      tx.setRate({ packetsPerSecond: 1, burstPackets: 1 });
      tx.detach();
      const burst = left.pool.createBurst(8);
      fill(burst, right, 8);
      assert.equal(tx.send(burst), 1);
      tx.setRate(null);
      assert.equal(tx.send(burst), 7);
    }),
  );

  it(
    'is refused when it is none, and the one before stays',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const tx = left.tx[0];
      tx.setRate({ packetsPerSecond: 1, burstPackets: 2 });
      const wrong = [
        ...[undefined, 1, {}, [], { burstBytes: 1000 }, { packetsPerSecond: 0 }, { packetsPerSecond: 0.5 }],
        ...[
          { packetsPerSecond: 1, bitsPerSecond: 1 },
          { packetsPerSecond: 1, burstBytes: 100 },
        ],
        ...[
          { bitsPerSecond: 1e13 },
          { bitsPerSecond: 1e6, burstBytes: 83 },
          { packetsPerSecond: 1, burstPackets: 0 },
        ],
        ...[{ pps: 1 }, { bitsPerSecond: Number.NaN }, { bitsPerSecond: '1M' }],
      ];
      for (const rate of wrong) {
        assert.throws(() => tx.setRate(rate as never), pmdError('ERR_PMD_INVALID_ARGUMENT'));
      }
      const burst = left.pool.createBurst(8);
      fill(burst, right, 4);
      assert.equal(tx.send(burst), 2);
      burst.release();
    }),
  );
});

describe('waiting for room', () => {
  it(
    'resolves once the rate allows the frame that had to wait',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const tx = left.tx[0];
      tx.setRate({ packetsPerSecond: 1000, burstPackets: 1 });
      const burst = left.pool.createBurst(32);
      fill(burst, right, 20);
      while (burst.count > 0) {
        if (tx.send(burst) === 0) {
          await tx.room();
          assert.ok(tx.send(burst) > 0, 'there was room');
        }
      }
    }),
  );

  it(
    'resolves when the ring has room again',
    closing(async (open) => {
      const pool = await open.pool();
      const [left, right] = await open.wire({ pool, txRing: 32 });
      const burst = pool.createBurst(512);
      fill(burst, right, 512);
      while (burst.count > 0) {
        left.tx[0].send(burst);
        await left.tx[0].room();
      }
    }),
  );

  it(
    'ends with the signal, and with the port',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const tx = left.tx[0];
      const burst = left.pool.createBurst(8);
      fill(burst, right, 2);
      tx.setRate({ packetsPerSecond: 1, burstPackets: 1 });
      tx.send(burst);
      const abort = new AbortController();
      const aborted = assert.rejects(tx.room({ signal: abort.signal }), { name: 'AbortError' });
      abort.abort();
      await aborted;
      await assert.rejects(tx.room({ signal: {} as AbortSignal }), pmdError('ERR_PMD_INVALID_ARGUMENT'));
      burst.release();
      await left.close();
      await assert.rejects(tx.room(), pmdError('ERR_PMD_CLOSED'));
    }),
  );
});
