import assert from 'node:assert/strict';
import { pmdError } from '../support/errors.ts';
import { closing } from '../support/ports.ts';

const frame = (i: number): Buffer => Buffer.alloc(60 + i, i);

describe('a burst', () => {
  it(
    'has arrays that lie over its entries',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst(8);
      for (let i = 0; i < 3; i++) assert.equal(burst.append(frame(i)), true);
      assert.equal(burst.count, 3);
      assert.equal(burst.pool, pool);
      for (const array of [burst.indices, burst.statuses, burst.lengths, burst.offsets])
        assert.equal(array.length, 8);
      for (let i = 0; i < 3; i++) {
        assert.equal(burst.lengths[i], 60 + i);
        assert.equal(burst.offsets[i], pool.headroom);
        assert.equal(burst.position(i), burst.indices[i]! * pool.stride + pool.headroom);
        assert.equal(burst.view(i), pool.view(burst.indices[i]!));
        assert.deepEqual(burst.frame(i), frame(i));
        assert.deepEqual(
          pool.bytes.subarray(burst.position(i), burst.position(i) + 60 + i),
          new Uint8Array(frame(i)),
        );
      }
      burst.release();
    }),
  );

  it(
    'is found among many, while more are made',
    closing(async (open) => {
      const pool = await open.pool();
      const bursts = [pool.createBurst(4)];
      for (let round = 1; round <= 40; round++) {
        for (const [i, burst] of bursts.entries()) {
          burst.append(frame(i));
          assert.equal(burst.count, 1);
          assert.deepEqual(burst.frame(0), frame(i));
        }
        bursts.push(pool.createBurst(4));
        for (const burst of bursts) burst.release();
      }
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'fills up, and then takes no more',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst(4);
      assert.equal(burst.allocate(3), 3);
      assert.equal(burst.append(frame(1)), true);
      assert.equal(burst.append(frame(2)), false);
      assert.equal(burst.allocate(), 0);
      assert.equal(burst.count, 4);
      assert.equal(pool.usage().application, 4);
      burst.release();
      assert.equal(burst.count, 0);
      burst.release();
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'follows what is written to offsets and lengths',
    closing(async (open) => {
      const burst = (await open.pool()).createBurst();
      burst.append(Buffer.from('0123456789'));
      burst.offsets[0]! += 2;
      burst.lengths[0]! -= 4;
      assert.equal(burst.frame(0).toString(), '234567');
      burst.release();
    }),
  );

  it(
    'refuses a frame that fits no buffer, and what is no frame',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst();
      assert.equal(burst.append(Buffer.alloc(pool.dataRoom)), true);
      for (const data of [
        Buffer.alloc(pool.dataRoom + 1),
        'frame',
        1,
        null,
        undefined,
        {},
        [1, 2],
        new ArrayBuffer(60),
        new DataView(new ArrayBuffer(60)),
        new Uint16Array(30),
      ]) {
        assert.throws(() => burst.append(data as Uint8Array), pmdError('ERR_PMD_INVALID_ARGUMENT', /frame/));
      }
      assert.equal(burst.count, 1);
      assert.equal(pool.usage().application, 1);
      burst.release();
    }),
  );

  it(
    'has no frames beyond its count',
    closing(async (open) => {
      const burst = (await open.pool()).createBurst();
      burst.allocate(2);
      for (const i of [2, -1, 0.5, Number.NaN, 32, 1e9, '0', undefined, null]) {
        assert.throws(
          () => burst.frame(i as number),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /burst of 2 frames/),
          String(i),
        );
      }
      burst.release();
    }),
  );

  it(
    'releases from an entry on',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst();
      burst.allocate(10);
      const kept = [...burst.indices.subarray(0, 4)];
      burst.release(4);
      assert.equal(burst.count, 4);
      assert.deepEqual([...burst.indices.subarray(0, 4)], kept);
      burst.release(4); // nothing from there on
      burst.release(31);
      assert.equal(burst.count, 4);
      burst.release(0);
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'keeps what a filter keeps, in order, and releases the rest',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst();
      for (let i = 0; i < 10; i++) {
        burst.append(frame(i));
        burst.statuses[i] = i << 16;
      }
      burst.filter((b, i) => b.frame(i)[0]! % 3 === 0);
      assert.deepEqual([...burst.lengths.subarray(0, burst.count)], [60, 63, 66, 69]);
      assert.deepEqual(
        [0, 1, 2, 3].map((i) => burst.frame(i)[0]),
        [0, 3, 6, 9],
      );
      assert.deepEqual(
        [0, 1, 2, 3].map((i) => burst.statuses[i]! >>> 16),
        [0, 3, 6, 9],
      );
      assert.equal(pool.usage().application, 4);
      burst.filter(() => false);
      assert.equal(burst.count, 0);
      burst.filter(() => true);
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'changes nothing when a filter is no function, be it empty or not',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst();
      for (const count of [0, 3]) {
        for (const keep of [5, undefined, null, 'keep', {}, true]) {
          assert.throws(
            () => burst.filter(keep as never),
            pmdError('ERR_PMD_INVALID_ARGUMENT', /keep is .*pass one/),
          );
        }
        assert.equal(burst.count, count);
        if (count === 0) burst.allocate(3);
      }
      burst.release();
    }),
  );

  it(
    'loses nothing when a filter throws',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst();
      for (let i = 0; i < 10; i++) burst.append(frame(i));
      const before = new Set(burst.indices.subarray(0, 10));
      assert.throws(
        () =>
          burst.filter((_, i) => {
            if (i === 7) throw new RangeError('no');
            return i % 2 === 1;
          }),
        RangeError,
      );
      assert.deepEqual(new Set(burst.indices.subarray(0, burst.count)), before);
      burst.release();
      assert.equal(pool.usage().application, 0);
    }),
  );

  const notCounts = [
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 32,
    2 ** 32 + 1,
    '1',
    null,
    true,
    {},
    [],
    1n,
    Symbol('one'),
  ];
  it(
    'refuses counts that are none',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst();
      burst.allocate(2);
      for (const n of notCounts) {
        assert.throws(
          () => burst.allocate(n as number),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /wanted is/),
          String(n),
        );
        assert.throws(
          () => burst.release(n as number),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /first is/),
          String(n),
        );
      }
      assert.equal(burst.count, 2);
      burst.release();
    }),
  );

  it(
    'does not let an argument meddle with the call',
    closing(async (open) => {
      const pool = await open.pool();
      const mine = pool.createBurst();
      const other = pool.createBurst();
      other.allocate(5);
      const meddler = {
        valueOf: () => {
          other.release(4);
          return 0;
        },
      };
      assert.throws(() => mine.release(meddler as unknown as number), pmdError('ERR_PMD_INVALID_ARGUMENT'));
      assert.equal(other.count, 5);
      other.release();
    }),
  );

  it(
    'is only what createBurst returned',
    closing(async (open) => {
      const [port] = await open.wire();
      const real = port.pool.createBurst();
      for (const burst of [
        undefined,
        null,
        1,
        'burst',
        {},
        [],
        Object.create(real),
        { ...real },
        new Proxy(real, {}),
      ]) {
        assert.throws(
          () => port.rx[0].receive(burst as never),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /not a burst/),
        );
        assert.throws(
          () => port.tx[0].send(burst as never),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /not a burst/),
        );
      }
    }),
  );
});
