import assert from 'node:assert/strict';
import { pmdError } from '../support/errors.ts';
import { drain, fill, receiveAll, sequenceOf } from '../support/frames.ts';
import { closing, freshAddress } from '../support/ports.ts';
import { spinUntil } from '../support/until.ts';

describe('exchange', () => {
  it(
    'sends a burst and receives the next, in order',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const [out, burst] = [left.pool.createBurst(300), right.pool.createBurst(32)];
      fill(out, right, 300);
      assert.equal(left.tx[0].send(out), 300);
      let received = 0;
      spinUntil('300 frames', () => {
        const count = right.tx[0].exchange(burst, right.rx[0]);
        assert.equal(burst.count, count, 'what was there before has been sent');
        for (let i = 0; i < count; i++) {
          assert.equal(sequenceOf(burst, i), received++);
          right.pool.bytes.fill(0xff, burst.position(i), burst.position(i) + 6); // to everybody
        }
        return received === 300;
      });
      assert.equal(right.tx[0].exchange(burst, right.rx[0]), 0);
      assert.equal(right.stats().txPackets, 300);
      receiveAll(left, out, 300);
      for (let i = 0; i < 300; i++) assert.equal(sequenceOf(out, i), i);
      out.release();
      drain(left, right);
      assert.equal(right.pool.usage().application, 0);
    }),
  );

  it(
    'keeps what the ring has no room for, and receives nothing before it has gone',
    closing(async (open) => {
      const pool = await open.pool();
      const slow = await open.port(`${freshAddress()},rate=1`, { pool, txRing: 32 });
      const [from, to] = await open.wire({ pool });
      const [out, burst] = [pool.createBurst(1), pool.createBurst(100)];
      fill(out, to, 1);
      assert.equal(from.tx[0].send(out), 1);
      fill(burst, slow, 100);
      assert.equal(slow.tx[0].exchange(burst, to.rx[0]), 0);
      const left = burst.count;
      assert.ok(left >= 60 && left <= 69, `${left} left`); // the ring takes 31, and the device may have fetched some
      for (let i = 0; i < left; i++) assert.equal(sequenceOf(burst, i), 100 - left + i);
      burst.release();
      spinUntil('the frame that waited', () => from.tx[0].exchange(burst, to.rx[0]) === 1);
      assert.equal(sequenceOf(burst, 0), 0);
      burst.release();
    }),
  );

  it(
    'works with queues that were detached',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const [out, burst] = [left.pool.createBurst(), right.pool.createBurst()];
      for (let round = 0; round < 3; round++) {
        fill(out, right, 1, round);
        assert.equal(left.tx[0].send(out), 1);
        spinUntil('a frame', () => right.tx[0].exchange(burst, right.rx[0]) === 1);
        assert.equal(sequenceOf(burst, 0), round);
        right.tx[0].detach();
        right.rx[0].detach();
      }
      burst.release();
    }),
  );

  it(
    'refuses what is no RX queue or no burst, before anything changes',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = port.pool.createBurst();
      fill(burst, port, 3);
      for (const wrong of [undefined, null, 0, {}, port, port.tx[0], burst]) {
        const attempt = () => port.tx[0].exchange(burst, wrong as never);
        assert.throws(attempt, pmdError('ERR_PMD_INVALID_ARGUMENT', /RX queue/));
      }
      for (const wrong of [undefined, null, 0, {}, port]) {
        const attempt = () => port.tx[0].exchange(wrong as never, port.rx[0]);
        assert.throws(attempt, pmdError('ERR_PMD_INVALID_ARGUMENT', /burst/));
      }
      assert.equal(burst.count, 3);
      burst.release();
    }),
  );

  it(
    'says which of the two ports refused',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const burst = left.pool.createBurst();
      const mismatch = (address: string) => pmdError('ERR_PMD_POOL_MISMATCH', new RegExp(address));
      fill(burst, right, 3);
      assert.throws(() => right.tx[0].exchange(burst, left.rx[0]), mismatch(right.address));
      assert.equal(burst.count, 3);
      assert.throws(() => left.tx[0].exchange(burst, right.rx[0]), mismatch(right.address));
      assert.equal(burst.count, 0, 'sent before the RX queue refused');
      burst.append(Buffer.alloc(60));
      burst.lengths[0] = 13;
      const length = pmdError('ERR_PMD_FRAME_LENGTH', /entry 0 /);
      assert.throws(() => left.tx[0].exchange(burst, left.rx[0]), length);
      burst.release();
    }),
  );

  it(
    'is an error once either port is closed',
    closing(async (open) => {
      const pool = await open.pool();
      const [left, right] = await open.wire({ pool });
      const burst = pool.createBurst();
      assert.equal(left.tx[0].exchange(burst, right.rx[0]), 0);
      await right.close();
      assert.throws(() => left.tx[0].exchange(burst, right.rx[0]), pmdError('ERR_PMD_CLOSED'));
      assert.throws(() => right.tx[0].exchange(burst, left.rx[0]), pmdError('ERR_PMD_CLOSED'));
      await left.close();
      assert.throws(() => left.tx[0].exchange(burst, right.rx[0]), pmdError('ERR_PMD_CLOSED'));
    }),
  );
});
