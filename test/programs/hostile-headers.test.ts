import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { attachPool, type Burst, createHeaders, type ParsedHeaders, type Pool } from '../../src/index.ts';
import { corpus } from '../net/support/corpus.ts';
import { pmdError } from '../support/errors.ts';
import { closing } from '../support/ports.ts';
import { skip } from '../support/skip.ts';
import { putFrames } from './support/bursts.ts';
import { columnsOf, expectedHeaders } from './support/expected-headers.ts';

// What a program may write into a burst, or do with memory, before headers are parsed: an error that names the entry, and nothing else.

const frame = corpus.get('ipv4, tcp, tags: vlan')!;
const count = 12;

interface Moving {
  transfer?: () => ArrayBuffer;
}

const bad = 7;
const invalid = (message: RegExp) => pmdError('ERR_PMD_INVALID_ARGUMENT', message);

function fill(pool: Pool, capacity = 16): Burst {
  const burst = pool.createBurst(capacity);
  putFrames(burst, Array<Uint8Array>(count).fill(frame));
  return burst;
}

function expectFrames(headers: ParsedHeaders, burst: Burst): void {
  assert.equal(headers.parse(burst), count);
  for (let i = 0; i < count; i++) {
    const at = burst.position(i);
    assert.deepEqual(columnsOf(headers, i), expectedHeaders(burst.pool.bytes, at, at + frame.length));
  }
}

describe('headers.parse, with a hostile burst', () => {
  for (const [name, code, write] of [
    ...[4096, 0x80000000, 0xffffffff].map(
      (index) =>
        [
          `buffer ${index}, which the pool has not`,
          'ERR_PMD_NOT_OWNER',
          (burst: Burst) => {
            burst.indices[bad] = index;
          },
        ] as const,
    ),
    [
      'a free buffer',
      'ERR_PMD_NOT_OWNER',
      (burst: Burst, pool: Pool) => {
        const other = pool.createBurst(1);
        other.allocate();
        burst.indices[bad] = other.indices[0]!;
        other.release();
      },
    ] as const,
    ...[2177 - frame.length, 2176, 0x8000, 0xffff].map(
      (offset) =>
        [
          `offset ${offset}`,
          'ERR_PMD_FRAME_LENGTH',
          (burst: Burst) => {
            burst.offsets[bad] = offset;
          },
        ] as const,
    ),
    [
      'length 65535',
      'ERR_PMD_FRAME_LENGTH',
      (burst: Burst) => {
        burst.lengths[bad] = 0xffff;
      },
    ] as const,
  ]) {
    it(
      `refuses ${name}, and names the entry`,
      closing(async (open) => {
        const pool = await open.pool();
        const burst = fill(pool);
        const [right, offset] = [burst.indices[bad]!, burst.offsets[bad]!];
        write(burst, pool);
        const headers = createHeaders(16);
        assert.throws(() => headers.parse(burst), pmdError(code, new RegExp(`entry ${bad} `)));
        burst.indices[bad] = right;
        burst.offsets[bad] = offset;
        burst.lengths[bad] = frame.length;
        expectFrames(headers, burst);
        burst.release();
      }),
    );
  }

  it(
    "refuses another thread's frames",
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port('emu:others,peer=flood', { pool });
      const burst = fill(pool);
      const right = burst.indices[bad]!;
      // A buffer on the RX ring, which the device writes into.
      const held = pool.createBurst(1024);
      held.allocate();
      const used = new Set([...burst.indices.subarray(0, count), ...held.indices.subarray(0, held.count)]);
      let ours = 0;
      while (used.has(ours)) ours++;
      burst.indices[bad] = ours;
      held.release();
      const headers = createHeaders(16);
      assert.throws(() => headers.parse(burst), pmdError('ERR_PMD_NOT_OWNER', new RegExp(`entry ${bad} `)));
      burst.indices[bad] = right;
      burst.release();
      assert.equal(port.state, 'running');
    }),
  );

  it(
    'takes a forged count for the capacity, and refuses more frames than it has room for',
    closing(async (open) => {
      const burst = fill(await open.pool());
      const header = new Uint32Array(burst.indices.buffer, 0, 1);
      burst.indices[count] = 4096; // its other entries name buffer 0, which may be ours
      for (const forged of [17, 0x7fffffff, 0xffffffff]) {
        header[0] = forged;
        assert.throws(
          () => createHeaders(15).parse(burst),
          invalid(/the burst has 16 frames, and the headers room for 15 \(make them with createHeaders/),
        );
        assert.throws(() => createHeaders(16).parse(burst), pmdError('ERR_PMD_NOT_OWNER', /entry 12 /));
      }
      header[0] = 0;
      assert.equal(createHeaders(1).parse(burst), 0);
      header[0] = count;
      expectFrames(createHeaders(count), burst);
      burst.release();
    }),
  );

  it(
    'reads nothing of its columns back',
    closing(async (open) => {
      const burst = fill(await open.pool());
      const headers = createHeaders(16);
      new Uint8Array(headers.faults.buffer).fill(0xff);
      expectFrames(headers, burst);
      burst.release();
    }),
  );

  it('says so when its memory was moved away, and parses a burst whose memory was', async function () {
    const transfer = (buffer: ArrayBufferLike) => (buffer as ArrayBuffer & Moving).transfer!();
    if (!('transfer' in ArrayBuffer.prototype))
      skip(this, `Node.js ${process.version} has no ArrayBuffer.prototype.transfer`);
    await closing(async (open) => {
      const burst = fill(await open.pool());
      const headers = createHeaders(16);
      const moved = transfer(headers.faults.buffer);
      assert.throws(() => headers.parse(burst), invalid(/the memory of the headers was moved/));
      const kept = transfer(burst.indices.buffer);
      // As receive and send do.
      assert.equal(createHeaders(16).parse(burst), count);
      burst.release();
      assert.ok(moved.byteLength > 0 && kept.byteLength > 0);
    })();
  });

  it(
    'fails when the pool is closed',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = fill(pool);
      const headers = createHeaders(16);
      burst.release();
      await pool.close();
      assert.throws(() => headers.parse(burst), pmdError('ERR_PMD_CLOSED'));
      expectFrames(headers, fill(await open.pool()));
    }),
  );

  it(
    'takes bursts of any pool, and nothing that is no burst',
    closing(async (open) => {
      const headers = createHeaders(16);
      for (const dataRoom of [2048, 4096, 10240] as const) {
        const burst = fill(await open.pool({ dataRoom, buffers: 64, hugePages: 'never' }));
        expectFrames(headers, burst);
        burst.release();
      }
      const pool = await open.pool();
      const other = attachPool(pool.token).createBurst(1);
      assert.equal(headers.parse(other), 0);
      for (const value of [undefined, null, 1, {}, Object.create(other), pool, headers])
        assert.throws(() => headers.parse(value as Burst), invalid(/is not a burst/));
    }),
  );

  it('is made by createHeaders alone, with a capacity of 1 to 1024', () => {
    for (const capacity of [0, 1025, -1, 1.5, Number.NaN, '4', null])
      assert.throws(() => createHeaders(capacity as number), invalid(/capacity is /));
    const make = createHeaders(1).constructor;
    assert.throws(() => Reflect.construct(make, [undefined, {}, 1]), invalid(/cannot be made with new/));
    const forged = Object.create(createHeaders(1)) as ParsedHeaders;
    assert.throws(() => forged.parse(undefined as never), invalid(/is not a burst/));
  });

  it('frees its place when nobody has it any more', async () => {
    assert.ok(gc !== undefined, 'node runs with --expose-gc');
    // More than a thread has places for.
    for (let i = 0; i < 300_000; i++) {
      createHeaders(1);
      if (i % 10_000 !== 0) continue;
      gc();
      await setImmediate(); // in which finalizers run
    }
  }).timeout(60_000);
});
