import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { attachPool, createPool, type Pool, type PoolOptions } from '../../src/index.ts';
import { isWhole } from '../faults/support/rig.ts';
import { pmdError } from '../support/errors.ts';
import { closing, freshAddress } from '../support/ports.ts';

describe('createPool', () => {
  const wrong: [string, unknown, RegExp][] = [
    ['null', null, /options is null/],
    ['a number', 4096, /options is 4096/],
    ['an array', [4096], /options is/],
    ['a function', () => 4096, /options is/],
    ['an unknown option', { buffer: 4096 }, /no option "buffer"/],
    ...[
      63,
      0,
      -1,
      1.5,
      2 ** 20 + 1,
      2 ** 32 + 64,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '4096',
      4096n,
      true,
      {},
      [],
      null,
    ].map((buffers): [string, unknown, RegExp] => [
      `buffers: ${String(buffers)}`,
      { buffers },
      /buffers is .*64 to 1048576/,
    ]),
    ...['maybe', '', 'TRY', 1, true, null, {}, Symbol('try')].map((hugePages): [string, unknown, RegExp] => [
      `hugePages: ${String(hugePages)}`,
      { hugePages },
      /hugePages is .*'require'/,
    ]),
  ];
  for (const [name, options, pattern] of wrong) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(createPool(options as PoolOptions), pmdError('ERR_PMD_INVALID_ARGUMENT', pattern));
    });
  }

  for (const buffers of [64, 65, 4096]) {
    it(
      `makes a pool of ${buffers} buffers`,
      closing(async (open) => {
        const pool = await open.pool({ buffers, hugePages: 'never' });
        assert.equal(pool.buffers, buffers);
        assert.equal(pool.pageSize, 4096);
        assert.equal(pool.bytes.length, buffers * pool.stride);
        assert.equal((pool.stride / 64) % 2, 1);
        assert.ok(pool.bytes.every((byte) => byte === 0));
        assert.deepEqual(pool.usage(), { free: buffers, rxRings: 0, txRings: 0, application: 0 });
      }),
    );
  }

  for (const dataRoom of [2048, 4096, 10240] as const) {
    it(
      `makes a pool whose frames have ${dataRoom} bytes`,
      closing(async (open) => {
        const pool = await open.pool({ buffers: 64, dataRoom, hugePages: 'never' });
        assert.equal(pool.dataRoom, dataRoom);
        assert.equal((pool.stride / 64) % 2, 1);
        const burst = pool.createBurst(64);
        for (let i = 0; i < 64; i++) assert.ok(burst.append(new Uint8Array(dataRoom).fill(i)));
        for (let i = 0; i < 64; i++) {
          const { length } = burst.frame(i).filter((byte) => byte === i);
          assert.equal(length, dataRoom, `frame ${i}`);
          assert.equal(pool.bytes[burst.position(i)], i);
        }
        burst.release();
      }),
    );
  }

  it('says how many huge pages to reserve when there are too few', async () => {
    const free = Number(/HugePages_Free:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0);
    const buffers = Math.max(4096, Math.ceil(((free + 1) * 2 ** 21) / 2240));
    const pages = Math.ceil((buffers * 2240) / 2 ** 21);
    if (buffers > 2 ** 20) return; // a pool can't be as large as what is reserved here
    await assert.rejects(createPool({ buffers, hugePages: 'require' }), (error) => {
      pmdError('ERR_PMD_NO_MEMORY', new RegExp(`echo ${pages} \\| sudo tee`))(error);
      assert.ok(['fallocate', 'mmap', 'memfd_create'].includes((error as { syscall: string }).syscall));
      assert.ok((error as { errno: number }).errno > 0);
      return true;
    });
  });
});

describe('a pool', () => {
  it(
    'makes each view once',
    closing(async (open) => {
      const pool = await open.pool();
      assert.equal(pool.view(5), pool.view(5));
      assert.equal(pool.view(5).length, pool.headroom + pool.dataRoom);
      pool.view(5)[0] = 7;
      assert.equal(pool.bytes[5 * pool.stride], 7);
      assert.equal(pool.view(pool.buffers - 1).length, pool.headroom + pool.dataRoom);
    }),
  );

  it(
    'has memory that a forked child does not get',
    closing(async (open) => {
      await open.pool();
      const maps = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
      const memory = maps.filter((map) => map.split('\n', 1)[0]!.includes('/memfd:vfio-pmd'));
      assert.ok(memory.length > 0);
      for (const map of memory) assert.match(map, /^VmFlags:.* dc( |$)/m);
    }),
  );

  it(
    'refuses buffers that it does not have',
    closing(async (open) => {
      const pool = await open.pool();
      for (const index of [
        -1,
        pool.buffers,
        1.5,
        Number.NaN,
        2 ** 32,
        '1x',
        undefined,
        null,
        {},
        'length',
        'push',
      ]) {
        assert.throws(
          () => pool.view(index as number),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /index is/),
          String(index),
        );
      }
    }),
  );

  it(
    'refuses bursts of other than 1 to 1024 frames',
    closing(async (open) => {
      const pool = await open.pool();
      for (const capacity of [0, -1, 1025, 1.5, Number.NaN, '32', null, {}, 2 ** 32 + 1]) {
        assert.throws(
          () => pool.createBurst(capacity as number),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /capacity is/),
        );
      }
      assert.equal(pool.createBurst(1).capacity, 1);
      assert.equal(pool.createBurst(1024).capacity, 1024);
    }),
  );

  it(
    'hands out every buffer once, says so in its usage, and takes them back',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 1000, hugePages: 'never' });
      const bursts = [pool.createBurst(700), pool.createBurst(700)] as const;
      assert.equal(bursts[0].allocate(), 700);
      assert.equal(bursts[1].allocate(), 300);
      assert.equal(bursts[1].allocate(), 0);
      assert.equal(bursts[1].append(Buffer.alloc(60)), false);
      assert.deepEqual(pool.usage(), { free: 0, rxRings: 0, txRings: 0, application: 1000 });
      const seen = new Set(bursts.flatMap((burst) => [...burst.indices.subarray(0, burst.count)]));
      assert.equal(seen.size, 1000);
      bursts[0].release(650);
      assert.deepEqual(pool.usage(), { free: 50, rxRings: 0, txRings: 0, application: 950 });
      for (const burst of bursts) burst.release();
      assert.deepEqual(pool.usage(), { free: 1000, rxRings: 0, txRings: 0, application: 0 });
    }),
  );

  it(
    'is refused by a port for which it is too small, which says the size that would do',
    closing(async (open) => {
      const pool = await open.pool({ buffers: 1000, hugePages: 'never' });
      const address = freshAddress();
      await assert.rejects(
        open.port(address, { pool }),
        pmdError('ERR_PMD_POOL_TOO_SMALL', /at least 1408 buffers/),
      );
      await open.port(address, { pool, rxRing: 64, txRing: 64 }); // and nothing was left behind
    }),
  );

  it(
    "gives a closed port's share to the next port at once",
    closing(async (open) => {
      const pool = await open.pool({ buffers: 2048, hugePages: 'never' });
      const burst = pool.createBurst();
      const kept = [];
      for (let i = 0; i < 5; i++) {
        const port = await open.port(freshAddress(), { pool });
        assert.equal(port.rx[0].receive(burst), 0);
        assert.equal(port.tx[0].send(burst), 0);
        kept.push(port); // still referenced, as an application would
        await port.close();
        isWhole(pool);
      }
      assert.equal(kept.length, 5);
    }),
  );

  it(
    'cannot be closed while a port uses it',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port(freshAddress(), { pool });
      await assert.rejects(pool.close(), pmdError('ERR_PMD_BUSY', /uses the pool/));
      assert.ok(!pool.closed);
      await port.close();
      await pool.close();
      await assert.rejects(pool.close(), pmdError('ERR_PMD_CLOSED'));
    }),
  );

  it(
    'is attached by its token in the same thread too, over the same memory',
    closing(async (open) => {
      const pool = await open.pool();
      const again = attachPool(pool.token);
      again.view(3)[9] = 99;
      assert.equal(pool.view(3)[9], 99);
      assert.ok(Object.isFrozen(pool.token));
    }),
  );

  it('is not found by a token that is none', () => {
    const tokens = [
      undefined,
      null,
      1,
      'pool',
      {},
      { kind: 'vfio-pmd/rx', pool: 1 },
      { kind: 'vfio-pmd/pool' },
    ];
    const hostile = [Number.NaN, -1, 1.5, '1', {}, null, 2 ** 40, 1n].map((pool) => ({
      kind: 'vfio-pmd/pool',
      pool,
    }));
    for (const token of [...tokens, ...hostile]) {
      assert.throws(() => attachPool(token as Pool['token']), pmdError('ERR_PMD_INVALID_ARGUMENT', /token/));
    }
    const unknown = { kind: 'vfio-pmd/pool', pool: 2 ** 31 } as const;
    assert.throws(() => attachPool(unknown), pmdError('ERR_PMD_CLOSED'));
  });

  it('warns of frames that are neither released nor sent when it is closed', async () => {
    const pool = await createPool({ buffers: 64, hugePages: 'never' });
    const held = pool.createBurst(); // until the end: a burst that is collected gives its frames back
    held.allocate(3);
    const warning = new Promise<Error>((resolve) => {
      const listener = (warned: Error & { code?: string }) => {
        if (warned.code !== 'PMD_FRAMES_HELD') return;
        process.off('warning', listener);
        resolve(warned);
      };
      process.on('warning', listener);
    });
    await pool.close();
    assert.match((await warning).message, /3 frames/);
    assert.equal(held.count, 3);
  });
});
