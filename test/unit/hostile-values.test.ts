import assert from 'node:assert/strict';
import { attachRxQueue, attachTxQueue, type Burst, RxQueue, TxQueue } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { drain, receiveAll } from '../support/frames.ts';
import { closing, freshAddress, freshFlood } from '../support/ports.ts';

// Values that are not what they say: what is checked must be what is used.

const invalid = pmdError('ERR_PMD_INVALID_ARGUMENT');

/** The words before a burst's arrays, which have its count. */
const headerOf = (burst: Burst) => new Uint32Array(burst.indices.buffer, 0, 1);

describe('append', () => {
  it(
    'copies as many bytes as a frame has, whatever its length property says',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst(2);
      burst.allocate();
      const before = Uint8Array.from(pool.bytes);
      burst.release();
      for (const length of [60, 0, -1, Number.NaN, 'x', undefined, Symbol('length')]) {
        const long = new Uint8Array(pool.dataRoom + pool.stride).fill(7);
        Object.defineProperty(long, 'length', { value: length });
        assert.throws(() => burst.append(long), invalid);
        const short = new Uint8Array(64).fill(7);
        Object.defineProperty(short, 'length', { value: length });
        Object.defineProperty(short, 'byteLength', { value: length });
        assert.ok(burst.append(short));
        assert.equal(burst.lengths[0], 64);
        pool.bytes.fill(0, burst.position(0), burst.position(0) + 64);
        burst.release();
      }
      assert.deepEqual(Buffer.compare(pool.bytes, before), 0);
    }),
  );

  it(
    'takes nothing that only looks like a Uint8Array',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst();
      const forged = [
        Object.create(Uint8Array.prototype),
        Object.setPrototypeOf(new Float64Array(8), Uint8Array.prototype),
        new Proxy(new Uint8Array(64), {}),
        { length: 64, [Symbol.toStringTag]: 'Uint8Array' },
        new Uint16Array(64),
        [1, 2, 3],
      ];
      for (const value of forged) assert.throws(() => burst.append(value), invalid);
      assert.equal(burst.count, 0);
    }),
  );

  it(
    'takes back a frame that it cannot fill',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst();
      // What reads the length sees another than what copies: only memory that is shared with another thread can do so.
      const data = new Uint8Array(64);
      burst.allocate(1);
      const view = burst.view(0);
      burst.release();
      view.set = () => {
        throw new RangeError('offset is out of bounds');
      };
      assert.throws(() => burst.append(data), invalid);
      assert.equal(burst.count, 0);
      assert.equal(pool.usage().application, 0);
    }),
  );
});

describe("a burst's count", () => {
  it(
    'is never more than its capacity, whatever stands in its memory',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = pool.createBurst(8);
      burst.allocate(4);
      for (const count of [9, 0x7fffffff, 0x80000000, 0xffffffff]) {
        headerOf(burst)[0] = count;
        assert.equal(burst.count, 8);
        assert.equal(burst.append(new Uint8Array(60)), false);
        let looks = 0;
        const look = () => ++looks > 0;
        assert.throws(() => burst.filter(() => !look()), pmdError('ERR_PMD_NOT_OWNER'));
        assert.equal(looks, 8);
      }
      headerOf(burst)[0] = 4;
      burst.release();
    }),
  );
});

describe("a burst's columns", () => {
  it(
    'are not copied before their number is known',
    closing(async (open) => {
      const pool = await open.pool();
      const many = ['hash'];
      many.length = 2 ** 32 - 1; // a copy takes all memory that there is
      const endless = Object.assign(['hash'], { [Symbol.iterator]: () => assert.fail('iterated') });
      assert.throws(() => pool.createBurst(1, { columns: many as ['hash'] }), invalid);
      assert.ok(pool.createBurst(1, { columns: endless as unknown as ['hash'] }).hashes);
    }),
  );
});

describe('an entry of a burst', () => {
  it(
    'is a number, and nothing that can be made one',
    closing(async (open) => {
      const burst = (await open.pool()).createBurst();
      burst.allocate(4);
      const throwing = {
        toString: () => {
          throw new Error('it was made a key');
        },
      };
      for (const i of ['0', '1', 'length', 0n, Symbol.iterator, [0], throwing, null, undefined, true])
        for (const look of ['frame', 'view', 'position'] as const)
          assert.throws(() => burst[look](i as unknown as number), invalid, `${look}(${String(typeof i)})`);
      burst.release();
    }),
  );
});

describe('an iteration', () => {
  it(
    'takes no signal that only looks like one',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const forged = [
        Object.create(AbortSignal.prototype),
        { aborted: false },
        new Proxy({}, { getPrototypeOf: () => AbortSignal.prototype }),
        new Proxy({}, { get: () => false }) as AbortSignal, // answers whatever it is asked
        null,
      ];
      for (const signal of forged) {
        assert.throws(() => port.rx[0].bursts({ signal }), invalid);
        await assert.rejects(port.tx[0].room({ signal: signal as AbortSignal }), invalid);
      }
    }),
  );
});

describe('what the library makes', () => {
  it(
    'is made by nobody else',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const burst = port.pool.createBurst();
      for (const thing of [port, port.pool, port.rx[0], port.tx[0], burst]) {
        const Class = thing.constructor as new (...args: unknown[]) => object;
        for (const args of [[], [undefined], [Symbol('internal'), port.rx[0].token, port.pool]])
          assert.throws(() => new Class(...args), invalid);
        class Derived extends Class {}
        assert.throws(() => new Derived(), invalid);
      }
      for (const Class of [RxQueue, TxQueue] as unknown as (new () => object)[])
        assert.throws(() => new Class(), invalid);
    }),
  );

  it(
    'does not depend on its token, which anybody may overwrite',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port(freshFlood(), { pool });
      for (const [thing, token] of [
        [pool, undefined],
        [port.rx[0], { kind: 'vfio-pmd/rx', port: 4096 }],
        [port.tx[0], null],
      ] as const)
        Object.defineProperty(thing, 'token', { value: token });
      const burst = pool.createBurst();
      receiveAll(port, burst, 1);
      assert.equal(port.tx[0].send(burst), 1);
      drain(port);
      assert.equal(pool.usage().application, 0);
      assert.throws(() => attachRxQueue(port.rx[0].token), invalid);
      assert.throws(() => attachTxQueue(port.tx[0].token), invalid);
      const other = await open.port(freshAddress(), { pool });
      assert.equal(other.pool, pool);
    }),
  );

  it(
    'takes no token whose address says more than an address',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      for (const address of ['', 'emu:a\u001b[31m', 'a'.repeat(257), '\u202e'])
        assert.throws(() => attachRxQueue({ ...port.rx[0].token, address }), invalid);
    }),
  );
});
