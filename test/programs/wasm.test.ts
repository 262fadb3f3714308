import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { files } from '../../scripts/wasm-abi.mjs';
import {
  type Burst,
  createPool,
  loadProgram,
  type Pool,
  type PoolOptions,
  Verdict,
} from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { fill, receiveAll, sequenceOf } from '../support/frames.ts';
import { closing, freshAddress } from '../support/ports.ts';
import { assemble } from './support/assembly.ts';
import { bytesOf, marking, megabyte, newMemory, offset, poolInMemory, programOf } from './support/wasm.ts';

/** Runs a test body with a pool in a memory of its own. */
const withPool = (body: (pool: Pool) => Promise<void>) => async () => {
  const pool = await poolInMemory();
  try {
    await body(pool);
  } finally {
    if (!pool.closed) await pool.close();
  }
};

/** Puts frames of 60 bytes into a burst, whose first byte is their number. */
function number(burst: Burst, count: number): void {
  for (let i = 0; i < count; i++) burst.append(new Uint8Array(60).fill(i, 0, 1));
}

const numbers = (burst: Burst): number[] =>
  Array.from({ length: burst.count }, (_, i) => burst.view(i)[burst.offsets[i]!]!);

describe('a pool in a WebAssembly.Memory', () => {
  it(
    'has its frames and bursts there',
    withPool(async (pool) => {
      const burst = pool.createBurst(32, { columns: ['hash'] });
      number(burst, 3);
      const memory = bytesOf(pool.memory!);
      const view = new DataView(memory.buffer, burst.address);
      assert.equal(pool.offset, offset);
      assert.equal(memory[pool.offset! + burst.position(2)], 2);
      memory[pool.offset! + burst.position(2)] = 9;
      assert.equal(pool.bytes[burst.position(2)], 9);
      const words = Array.from({ length: 16 }, (_, word) => view.getUint32(4 * word, true));
      const [count, chains, , , capacity, stride, frames, ...columns] = words;
      assert.deepEqual([count, chains, capacity, stride, frames], [3, 0, 32, pool.stride, offset]);
      // Index, status, length, offset, no timestamp, hash, no request, verdict; each begins at a multiple of 8.
      const at = burst.address! + 64;
      assert.deepEqual(columns.slice(0, 8), [at, at + 128, at + 256, at + 320, 0, at + 384, 0, at + 512]);
      assert.equal(new Uint32Array(memory.buffer, at, 3)[1], burst.indices[1]);
      burst.release();
    }),
  );

  it('leaves zeros behind, where another pool can be made', async () => {
    const memory = newMemory(4);
    const pool = await poolInMemory(memory);
    const burst = pool.createBurst(4);
    burst.append(new Uint8Array(60).fill(7));
    const at = pool.offset! + burst.position(0);
    assert.equal(bytesOf(memory)[at], 7);
    burst.release();
    await pool.close();
    assert.equal(bytesOf(memory)[at], 0);
    assert.ok(
      bytesOf(memory)
        .subarray(offset)
        .every((byte) => byte === 0),
    );
    bytesOf(memory)[at] = 1; // still the memory's
    const again = await poolInMemory(memory);
    assert.equal(bytesOf(memory)[at], 0);
    await again.close();
  });

  it('takes a pool beside another, and none over it', async () => {
    const memory = newMemory(8);
    const pool = await poolInMemory(memory);
    await assert.rejects(poolInMemory(memory), pmdError('ERR_PMD_BUSY'));
    await assert.rejects(poolInMemory(memory, { offset: offset + 65_536 }), pmdError('ERR_PMD_BUSY'));
    await assert.rejects(poolInMemory(memory, { offset: offset - 65_536 }), pmdError('ERR_PMD_BUSY'));
    const other = await poolInMemory(memory, { offset: 4 * megabyte });
    await Promise.all([pool.close(), other.close()]);
  });

  const bad: [string, PoolOptions, RegExp][] = [
    ['a memory that is too small', { memory: newMemory(2) }, /needs \d+ bytes, and the memory has 1048576/],
    ['an offset behind the end', { offset: 64 * megabyte }, /offset 67108864 of a memory of 4194304/],
    ['an offset within a page', { offset: offset + 4096 }, /offset is 1052672/],
    ['a negative offset', { offset: -65_536 }, /offset is -65536/],
    ['an offset that is no number', { offset: '65536' as never }, /offset is "65536"/],
    ['no offset', { offset: undefined as never }, /offset is undefined/],
    ['what is no memory', { memory: { buffer: new ArrayBuffer(4 * megabyte) } as never }, /not|memory is/],
    ['what only inherits from one', { memory: Object.create(newMemory(4)) }, /memory is/],
    ['an offset without a memory', { memory: undefined as never }, /memory is undefined/],
    ['huge pages that do not fit', { offset: offset + 65_536, hugePages: 'require' }, /no huge pages fit/],
  ];
  for (const [name, options, says] of bad) {
    it(`refuses ${name}, and changes nothing`, async () => {
      const memory = newMemory(4);
      bytesOf(memory).fill(5);
      await assert.rejects(
        createPool({ memory, offset, buffers: 512, ...options }),
        pmdError('ERR_PMD_INVALID_ARGUMENT', says),
      );
      assert.ok(bytesOf(memory).every((byte) => byte === 5));
    });
  }

  it(
    'says when it has no room for another burst',
    withPool(async (pool) => {
      const bursts: Burst[] = [];
      const makeAll = () => {
        for (;;) bursts.push(pool.createBurst(1024));
      };
      assert.throws(makeAll, pmdError('ERR_PMD_NO_MEMORY', /no room for another burst/));
      assert.ok(bursts.length >= 7);
      assert.equal(new Set(bursts.map(({ address }) => address)).size, bursts.length);
    }),
  );
});

describe('a program', () => {
  it(
    'forwards frames in place, while its memory grows',
    closing(async (open) => {
      const pool = await poolInMemory();
      const ports = { pool, rxRing: 64, txRing: 64 };
      const address = freshAddress();
      const [near, far] = [await open.port(address, ports), await open.port(address, ports)];
      const program = await programOf(pool, marking);
      const [burst, out, back] = [pool.createBurst(), pool.createBurst(), pool.createBurst()];
      const { bytes } = pool;
      for (let round = 0; round < 100; round++) {
        fill(burst, far, 8, 8 * round);
        near.tx[0].send(burst);
        receiveAll(far, burst, 8);
        if (round % 2 === 0 && round < 40) pool.memory!.grow(1);
        program.run(burst);
        assert.equal(burst.deal([out]), 0);
        for (let i = 0; i < 8; i++) {
          assert.equal(bytes[out.position(i) + 5], 0x77);
          assert.equal(sequenceOf(out, i), 8 * round + i);
          // For the near port, which has its own address.
          bytes.set(
            near.mac.split(':').map((byte) => Number.parseInt(byte, 16)),
            out.position(i),
          );
        }
        assert.equal(far.tx[0].send(out), 8);
        receiveAll(near, back, 8);
        assert.equal(sequenceOf(back, 7), 8 * round + 7);
        back.release();
      }
      assert.ok(bytes.length > 0, 'growth did not detach pool.bytes');
      await Promise.all([near.close(), far.close()]);
      await pool.close();
    }),
  );

  it(
    'may let its memory grow itself',
    withPool(async (pool) => {
      const program = await programOf(pool, `if (memory.grow(1) < 0) unreachable(); ${marking}`);
      const burst = pool.createBurst(4);
      number(burst, 4);
      for (let round = 0; round < 10; round++) {
        pool.bytes[burst.position(3) + 5] = 0;
        program.run(burst);
        assert.equal(pool.bytes[burst.position(3) + 5], 0x77);
      }
      burst.release();
    }),
  );

  it(
    'traps amid a burst, and goes on with the next',
    withPool(async (pool) => {
      const body =
        'for (let i: u32 = 0; i < count; i++) { if (i == 2 && load<u8>(frameAt(burst, 0)) == 1) unreachable(); setVerdict(burst, i, Verdict.drop); }';
      const program = await programOf(pool, body);
      const burst = pool.createBurst(4);
      number(burst, 4);
      pool.bytes[burst.position(0)] = 1;
      assert.throws(
        () => program.run(burst),
        (error: Error) =>
          pmdError('ERR_PMD_PROGRAM', /trapped: unreachable/)(error) && error.cause instanceof Error,
      );
      assert.deepEqual(
        [...burst.verdicts.subarray(0, 4)],
        [Verdict.drop, Verdict.drop, Verdict.keep, Verdict.keep],
      );
      pool.bytes[burst.position(0)] = 0;
      assert.deepEqual([...program.run(burst).subarray(0, 4)], new Array(4).fill(Verdict.drop));
      assert.equal(burst.deal(), 0);
      assert.equal(pool.usage().application, 0);
    }),
  );

  const traps: [string, string][] = [
    ['reads behind its memory', 'store<u32>(0, load<u32>(0xfffffff0))'],
    ['divides by 0', 'store<u32>(0, 1 / (load<u32>(4) & 0))'],
    ['never returns from itself', 'process(burst, count + 1)'],
    ['fails an assertion', 'assert(count == 77)'],
  ];
  for (const [name, body] of traps) {
    it(
      `that ${name} is an error, and the pool goes on`,
      withPool(async (pool) => {
        const program = await programOf(pool, body);
        const burst = pool.createBurst(4);
        number(burst, 4);
        for (let round = 0; round < 3; round++)
          assert.throws(() => program.run(burst), pmdError('ERR_PMD_PROGRAM', /trapped/));
        assert.deepEqual(numbers(burst), [0, 1, 2, 3]);
        burst.release();
      }),
    );
  }

  const hostile: [string, string][] = [
    [
      'gives buffers that there are not',
      'for (let i: u32 = 0; i < count; i++) store<u32>(burst.index + (i << 2), 0xffffffff - i);',
    ],
    ['gives one buffer twice', 'store<u32>(burst.index, load<u32>(burst.index + 4));'],
    [
      'gives frames that leave their buffer',
      'for (let i: u32 = 0; i < count; i++) store<u16>(burst.length + (i << 1), 0xffff);',
    ],
    ['fills the burst with ones', 'memory.fill(changetype<usize>(burst), 0xff, 1000);'],
    ['fills all of the memory', 'memory.fill(1 << 20, 0xff, 3 << 20);'],
  ];
  for (const [name, body] of hostile) {
    it(
      `that ${name} is refused as a hostile burst is`,
      closing(async (open) => {
        const pool = await poolInMemory();
        const port = await open.port(freshAddress(), { pool, rxRing: 64, txRing: 64 });
        const program = await programOf(pool, body);
        const burst = pool.createBurst(32);
        number(burst, 8);
        const indices = burst.indices.slice(0, 8);
        program.run(burst);
        const refused = (error: unknown) =>
          /^ERR_PMD_(NOT_OWNER|FRAME_LENGTH)$/.test((error as { code: string }).code);
        assert.throws(() => port.tx[0].send(burst), refused);
        // What is put right can be used again: nothing of it was given away.
        new Uint32Array(bytesOf(pool.memory!).buffer, burst.address, 2).set([8, 0]);
        burst.indices.set(indices);
        burst.lengths.fill(60);
        burst.offsets.fill(pool.headroom);
        assert.equal(port.tx[0].send(burst), 8);
        await port.close();
        assert.equal(pool.usage().application, 0);
        await pool.close();
      }),
    );
  }

  it(
    'refuses bursts of other pools, and of a closed one',
    withPool(async (pool) => {
      const program = await programOf(pool, marking);
      const other = await createPool({ buffers: 64, hugePages: 'never' });
      assert.throws(() => program.run(other.createBurst()), pmdError('ERR_PMD_POOL_MISMATCH'));
      assert.throws(() => program.run({} as never), pmdError('ERR_PMD_POOL_MISMATCH'));
      await other.close();
      const burst = pool.createBurst();
      await pool.close();
      assert.throws(() => program.run(burst), pmdError('ERR_PMD_CLOSED'));
    }),
  );
});

describe('loadProgram', () => {
  const process = 'export function process(burst: usize, count: u32): void {}';

  it('refuses a pool that is in no memory', async () => {
    const pool = await createPool({ buffers: 64, hugePages: 'never' });
    await assert.rejects(
      loadProgram(await assemble(process), pool),
      pmdError('ERR_PMD_INVALID_ARGUMENT', /no WebAssembly.Memory/),
    );
    await pool.close();
  });

  it(
    'refuses modules that it cannot use, and says how to compile them',
    withPool(async (pool) => {
      const load = async (source: string) => await loadProgram(await assemble(source), pool);
      await assert.rejects(
        loadProgram(await assemble(process, []), pool),
        pmdError('ERR_PMD_PROGRAM', /memory of its own/),
      );
      await assert.rejects(
        load('export function run(): void {}'),
        pmdError('ERR_PMD_PROGRAM', /no function "process"/),
      );
      await assert.rejects(
        load('export const process: u32 = 1;'),
        pmdError('ERR_PMD_PROGRAM', /no function "process"/),
      );
      const wanting = `@external("host", "clock") declare function clock(): u32; export function process(b: usize, n: u32): void { store<u32>(0, clock()); }`;
      await assert.rejects(load(wanting), pmdError('ERR_PMD_PROGRAM', /does not link/));
      await assert.rejects(
        loadProgram(new Uint8Array(8), pool),
        pmdError('ERR_PMD_PROGRAM', /does not compile/),
      );
      for (const none of [undefined, 7, {}, 'router.wasm'])
        await assert.rejects(
          loadProgram(none as never, pool),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /module is/),
        );
    }),
  );

  it(
    'gives a module what it imports',
    withPool(async (pool) => {
      const source = `@external("host", "clock") declare function clock(): u32; export function process(b: usize, n: u32): void { store<u32>(0, clock()); }`;
      const program = await loadProgram(await assemble(source), pool, { host: { clock: () => 42 } });
      program.run(pool.createBurst());
      assert.equal(new Uint32Array(pool.memory!.buffer)[0], 42);
    }),
  );
});

describe('wasm/', () => {
  for (const [name, text] of Object.entries(files)) {
    it(`${name} is what the tables say: otherwise, npm run wasm:abi`, () => {
      assert.equal(readFileSync(join(import.meta.dirname, '../../wasm', name), 'utf8'), text);
    });
  }
});
