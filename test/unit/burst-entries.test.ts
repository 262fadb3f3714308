import assert from 'node:assert/strict';
import { type Burst, createPool } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { limitMs } from '../support/limits.ts';
import { closing } from '../support/ports.ts';
import { skip } from '../support/skip.ts';

const dataRooms = [2048, 4096, 10240] as const;

describe('An entry of a burst', () => {
  const wrong = [4, 99, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, '1', {}, undefined, 1n];
  for (const dataRoom of dataRooms) {
    it(`that it can't have is refused by all that take one, with buffers of ${dataRoom}`, async () => {
      await using pool = await createPool({ dataRoom, buffers: 64, hugePages: 'never' });
      const burst = pool.createBurst(4);
      assert.equal(burst.allocate(2), 2);
      for (const entry of wrong)
        for (const look of ['position', 'view', 'frame'] as const)
          assert.throws(
            () => burst[look](entry as number),
            pmdError('ERR_PMD_INVALID_ARGUMENT', /^entry .+ of a burst of 2 frames \(use 0 to count - 1\)$/),
            `${look}(${String(entry)})`,
          );
      for (const entry of [...wrong, 2])
        for (const look of ['frameEntries', 'frameLength'] as const)
          assert.throws(
            () => burst[look](entry as number),
            pmdError('ERR_PMD_INVALID_ARGUMENT', /^entry .+ of a burst of 2 frames/),
            `${look}(${String(entry)})`,
          );
      assert.equal(burst.position(1), burst.indices[1]! * pool.stride + pool.headroom);
      burst.release();
    });
  }

  it('is no text and no object, which would be asked for a text', async () => {
    for (const dataRoom of dataRooms) {
      await using pool = await createPool({ dataRoom, buffers: 64, hugePages: 'never' });
      const burst = pool.createBurst(4);
      const hostile = {
        toString() {
          throw new Error('it was asked');
        },
      };
      for (const look of ['position', 'view', 'frame', 'frameEntries', 'frameLength'] as const)
        assert.throws(
          () => burst[look](hostile as unknown as number),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /entry/),
        );
    }
  });

  it('is refused by a loop that V8 has compiled, and right entries are found after that', async () => {
    await using pool = await createPool({ buffers: 64, hugePages: 'never' });
    const burst = pool.createBurst(32);
    burst.allocate(32);
    const sum = (end: number) => {
      let all = 0;
      for (let i = 0; i < end; i++) all += burst.position(i);
      return all;
    };
    const expected = sum(32);
    for (let round = 0; round < 20_000; round++) sum(32);
    for (let round = 0; round < 3; round++) {
      assert.throws(() => sum(33), pmdError('ERR_PMD_INVALID_ARGUMENT', /entry 32 /));
      assert.equal(sum(32), expected);
    }
    burst.release();
  });
});

/** The frames of a burst, by their first bytes. */
const values = (burst: Burst) => Array.from({ length: burst.count }, (_, i) => burst.frame(i)[0]!);

function append(burst: Burst, value: number): void {
  assert.ok(burst.append(new Uint8Array(60).fill(value)));
}

describe('send() of some entries', () => {
  it(
    'sends the first ones, and moves the rest to the front with all that belongs to them',
    closing(async (open) => {
      const [near] = await open.wire();
      const burst = near.pool.createBurst(8, { columns: ['txRequest'] });
      for (let value = 1; value <= 6; value++) append(burst, value);
      burst.statuses.set([11, 12, 13, 14, 15, 16]);
      burst.txRequests.fill(0);
      const { indices } = burst;
      const right = [...indices.subarray(0, 6)];
      assert.equal(near.tx[0].send(burst, 2), 2);
      assert.deepEqual(values(burst), [3, 4, 5, 6]);
      assert.deepEqual([...indices.subarray(0, 4)], right.slice(2));
      assert.deepEqual([...burst.statuses.subarray(0, 4)], [13, 14, 15, 16]);
      assert.equal(near.stats().txPackets, 2);
      assert.equal(near.tx[0].send(burst, 0), 0);
      assert.equal(burst.count, 4);
      assert.equal(near.tx[0].send(burst, 3), 3);
      assert.equal(near.tx[0].send(burst, 99), 1);
      assert.equal(burst.count, 0);
      assert.equal(near.tx[0].send(burst, 1), 0);
    }),
  );

  it(
    'keeps what the ring has no room for before the rest, in order',
    closing(async (open) => {
      const [near] = await open.wire({ txRing: 32 });
      const burst = near.pool.createBurst(128);
      for (let value = 0; value < 100; value++) append(burst, value);
      const sent = near.tx[0].send(burst, 90);
      assert.ok(sent > 0 && sent < 90);
      assert.deepEqual(
        values(burst),
        Array.from({ length: 100 - sent }, (_, i) => sent + i),
      );
      burst.release();
    }),
  );

  it(
    'sends whole frames only, and leaves one of more entries where it is',
    closing(async (open) => {
      const pool = await open.pool();
      const [near] = await open.wire({ pool });
      const burst = pool.createBurst(16);
      for (let value = 1; value <= 7; value++) append(burst, value);
      burst.chain(1, 3); // 1, (2 3 4), 5, (6 7)
      burst.chain(5, 2);
      assert.equal(near.tx[0].send(burst, 3), 1);
      assert.deepEqual(values(burst), [2, 3, 4, 5, 6, 7]);
      assert.equal(near.tx[0].send(burst, 2), 0);
      assert.deepEqual([burst.frameEntries(0), burst.frameEntries(3), burst.frameEntries(4)], [3, 1, 2]);
      assert.equal(near.tx[0].send(burst, 5), 4);
      assert.deepEqual(values(burst), [6, 7]);
      assert.equal(near.tx[0].send(burst), 2);
      assert.equal(near.stats().txPackets, 4);
    }),
  );

  it(
    'sends nothing and keeps all when an entry is wrong, and looks at no entry behind',
    closing(async (open) => {
      const [near] = await open.wire();
      const burst = near.pool.createBurst(8);
      for (let value = 1; value <= 4; value++) append(burst, value);
      burst.lengths[2] = 9999;
      assert.throws(() => near.tx[0].send(burst, 3), pmdError('ERR_PMD_FRAME_LENGTH', /entry 2 /));
      assert.deepEqual([burst.count, near.stats().txPackets], [4, 0]);
      assert.equal(near.tx[0].send(burst, 2), 2);
      burst.release();
      for (const max of [-1, 1.5, Number.NaN, '1', null, {}])
        assert.throws(
          () => near.tx[0].send(burst, max as number),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /^max is /),
        );
    }),
  );
});

describe('A frame that goes to a burst with more columns', () => {
  it(
    'has zeros in those that it had not',
    closing(async (open) => {
      const pool = await open.pool();
      const from = pool.createBurst(4);
      for (const value of [1, 2, 3]) append(from, value);
      from.chain(1, 2);
      const to = pool.createBurst(8, { columns: ['timestamp', 'hash', 'txRequest'] });
      to.timestamps.fill(7n);
      to.hashes.fill(7);
      to.txRequests.fill(7);
      assert.ok(from.move(1, to));
      assert.ok(from.move(0, to));
      assert.deepEqual(values(to), [2, 3, 1]);
      assert.deepEqual([...to.timestamps.subarray(0, 4)], [0n, 0n, 0n, 7n]);
      assert.deepEqual([...to.hashes.subarray(0, 4)], [0, 0, 0, 7]);
      assert.deepEqual([...to.txRequests.subarray(0, 4)], [0, 0, 0, 7]);
      to.release();
    }),
  );
});

describe('A frame for several ports', () => {
  it(
    'is copied for each but the last, and each sends its own',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 16_384 });
      const wires = [await open.wire({ pool }), await open.wire({ pool }), await open.wire({ pool })];
      const received = pool.createBurst(4);
      for (const value of [1, 2]) append(received, value);
      const bursts = wires.map(() => pool.createBurst(4));
      while (received.count > 0) {
        for (const burst of bursts.slice(1)) assert.ok(received.copy(0, burst));
        assert.ok(received.move(0, bursts[0]!));
      }
      assert.equal(pool.usage().application, 6);
      const buffers = bursts.flatMap((burst) => [...burst.indices.subarray(0, 2)]);
      assert.equal(new Set(buffers).size, 6);
      for (const [i, [near]] of wires.entries()) {
        assert.deepEqual(values(bursts[i]!), [1, 2]);
        assert.equal(near.tx[0].send(bursts[i]!), 2);
      }
      for (const [near] of wires) await near.tx[0].drain({ timeoutMs: limitMs(60) });
      for (const [near] of wires) near.tx[0].reclaim();
      assert.equal(pool.usage().application, 0);
    }),
  );
});

describe('Memory that was moved to another ArrayBuffer', () => {
  const move = (bytes: ArrayBufferView) => {
    const buffer = bytes.buffer as ArrayBuffer & { transfer?: () => ArrayBuffer };
    if (buffer.transfer === undefined) return false; // Node 20 moves no memory that is not its own
    buffer.transfer();
    return true;
  };

  it('takes part in no copy or move of frames, and no frame is lost', async function () {
    for (const what of ['pool', 'burst'] as const) {
      const pool = await createPool({ buffers: 64, hugePages: 'never' });
      const [from, to] = [pool.createBurst(8), pool.createBurst(8)];
      assert.equal(from.allocate(3), 3);
      if (!move(what === 'pool' ? pool.bytes : to.indices))
        skip(this, 'this Node has no ArrayBuffer.transfer');
      const moved = pmdError('ERR_PMD_CLOSED', /was moved to another ArrayBuffer/);
      assert.throws(() => from.copy(0, to), moved);
      assert.throws(() => from.move(0, to), moved);
      assert.deepEqual([from.count, pool.usage().application], [3, 3]);
      from.release();
      await pool.close();
    }
  });
});
