import assert from 'node:assert/strict';
import type { Burst, PmdErrorCode, Pool, Port } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { drain, fill } from '../support/frames.ts';
import { closing } from '../support/ports.ts';

// What JavaScript can write into a burst's arrays, and what comes of it. Nothing may change then: not the burst, not the
// pool, not the ring; and with the arrays put right again, everything goes on.

const count = 40;
const bad = 35;

interface Hostility {
  name: string;
  write: (burst: Burst, pool: Pool) => void;
  /** What send says; undefined: the frames can go. */
  send?: PmdErrorCode;
  /** What release says; undefined: it does not look at it. */
  release?: PmdErrorCode;
}

const hostilities: Hostility[] = [
  ...[0xffffffff, 0x80000000, 4096, 4097].map((index) => ({
    name: `buffer ${index}, which the pool does not have`,
    write: (burst: Burst) => {
      burst.indices[bad] = index;
    },
    send: 'ERR_PMD_NOT_OWNER' as const,
    release: 'ERR_PMD_NOT_OWNER' as const,
  })),
  {
    name: 'a buffer twice',
    write: (burst) => {
      burst.indices[bad] = burst.indices[3]!;
    },
    send: 'ERR_PMD_NOT_OWNER',
    release: 'ERR_PMD_NOT_OWNER',
  },
  {
    name: 'a free buffer',
    write: (burst, pool) => {
      const other = pool.createBurst(1);
      other.allocate();
      burst.indices[bad] = other.indices[0]!;
      other.release();
    },
    send: 'ERR_PMD_NOT_OWNER',
    release: 'ERR_PMD_NOT_OWNER',
  },
  {
    name: 'a buffer of the RX ring',
    write: (burst, pool) => {
      const held = new Set<number>(burst.indices.subarray(0, count));
      const other = pool.createBurst(1024); // whatever can't be allocated is on the rings
      const rest = pool.createBurst(1024);
      other.allocate();
      rest.allocate();
      for (const b of [other, rest]) for (let i = 0; i < b.count; i++) held.add(b.indices[i]!);
      const all = [pool.createBurst(1024), pool.createBurst(1024)];
      for (const b of all) {
        b.allocate();
        for (let i = 0; i < b.count; i++) held.add(b.indices[i]!);
      }
      let index = 0;
      while (held.has(index)) index++;
      for (const b of [other, rest, ...all]) b.release();
      burst.indices[bad] = index;
    },
    send: 'ERR_PMD_NOT_OWNER',
    release: 'ERR_PMD_NOT_OWNER',
  },
  ...[0, 1, 13, 1519, 2048, 0xffff].map((length) => ({
    name: `length ${length}`,
    write: (burst: Burst) => {
      burst.lengths[bad] = length;
    },
    send: 'ERR_PMD_FRAME_LENGTH' as const,
  })),
  ...[2177 - 60, 2176, 0x8000, 0xffff].map((offset) => ({
    name: `offset ${offset} with a length of 60`,
    write: (burst: Burst) => {
      burst.offsets[bad] = offset;
    },
    send: 'ERR_PMD_FRAME_LENGTH' as const,
  })),
  {
    name: 'a short frame at the very end, whose padding would leave the buffer',
    write: (burst) => {
      burst.offsets[bad] = 2176 - 20;
      burst.lengths[bad] = 20;
    },
    send: 'ERR_PMD_FRAME_LENGTH',
  },
  {
    name: 'offset 0',
    write: (burst) => {
      burst.offsets[bad] = 0;
    },
  },
  {
    name: 'the last offset that fits',
    write: (burst) => {
      burst.offsets[bad] = 2176 - 60;
    },
  },
  {
    name: 'the longest frame',
    write: (burst) => {
      burst.lengths[bad] = 1518;
    },
  },
  {
    name: 'any status',
    write: (burst) => {
      burst.statuses.fill(0xffffffff);
    },
  },
];

function setUp(port: Port): Burst {
  const burst = port.pool.createBurst(64);
  fill(burst, port, count);
  return burst;
}

const snapshotOf = (burst: Burst) => [
  burst.count,
  [...burst.indices],
  [...burst.lengths],
  [...burst.offsets],
];

// Frames are looked at four at a time, and what is wrong with one must not be taken for its neighbour's.
const wrongAnywhere: Record<string, { write: (burst: Burst, i: number) => void; says: PmdErrorCode }> = {
  'a buffer that the pool does not have': {
    write: (burst, i) => {
      burst.indices[i] = 0xfffffff0 + i;
    },
    says: 'ERR_PMD_NOT_OWNER',
  },
  'the buffer of the entry before it': {
    write: (burst, i) => {
      if (i > 0) burst.indices[i] = burst.indices[i - 1]!;
      else burst.indices[0] = 4096;
    },
    says: 'ERR_PMD_NOT_OWNER',
  },
  'a frame that is too long': {
    write: (burst, i) => {
      burst.lengths[i] = 1519;
    },
    says: 'ERR_PMD_FRAME_LENGTH',
  },
  'a frame that is too short': {
    write: (burst, i) => {
      burst.lengths[i] = 13;
    },
    says: 'ERR_PMD_FRAME_LENGTH',
  },
  'a frame that leaves its buffer': {
    write: (burst, i) => {
      burst.offsets[i] = 2176 - 59;
    },
    says: 'ERR_PMD_FRAME_LENGTH',
  },
  'a frame of 65535 bytes from offset 65535': {
    write: (burst, i) => {
      burst.lengths[i] = 65535;
      burst.offsets[i] = 65535;
    },
    says: 'ERR_PMD_FRAME_LENGTH',
  },
};

describe('an entry of a burst of nine', () => {
  for (const [what, { write, says }] of Object.entries(wrongAnywhere)) {
    it(
      `with ${what} is named, wherever it is, and nothing is sent`,
      closing(async (open) => {
        const [port] = await open.wire({ pool: await open.pool({ buffers: 4096 }) });
        const burst = port.pool.createBurst(9);
        for (let i = 0; i < 9; i++) {
          fill(burst, port, 9);
          const right = [...burst.indices];
          write(burst, i);
          const before = { burst: snapshotOf(burst), usage: port.pool.usage(), sent: port.stats().txPackets };
          assert.throws(() => port.tx[0].send(burst), pmdError(says, new RegExp(`entry ${i} `)));
          const after = { burst: snapshotOf(burst), usage: port.pool.usage(), sent: port.stats().txPackets };
          assert.deepEqual(after, before);
          burst.indices.set(right);
          burst.lengths.fill(60);
          burst.offsets.fill(128);
          assert.equal(port.tx[0].send(burst), 9);
          drain(port);
        }
        assert.equal(port.pool.usage().application, 0);
      }),
    );
  }
});

describe("a burst's arrays, written by JavaScript", () => {
  for (const { name, write, send, release } of hostilities) {
    it(
      `${name}: send ${send ?? 'sends'}`,
      closing(async (open) => {
        const [port] = await open.wire({ pool: await open.pool() });
        const burst = setUp(port);
        const right = [...burst.indices];
        write(burst, port.pool);
        const before = { burst: snapshotOf(burst), usage: port.pool.usage(), sent: port.stats().txPackets };
        if (send === undefined) {
          assert.equal(port.tx[0].send(burst), count);
          drain(port);
          return;
        }
        assert.throws(() => port.tx[0].send(burst), pmdError(send, new RegExp(`entry ${bad} `)));
        assert.deepEqual(
          { burst: snapshotOf(burst), usage: port.pool.usage(), sent: port.stats().txPackets },
          before,
        );
        burst.indices.set(right);
        burst.lengths.fill(60);
        burst.offsets.fill(128);
        assert.equal(port.tx[0].send(burst), count);
        drain(port);
        assert.equal(port.pool.usage().application, 0);
      }),
    );

    it(
      `${name}: release ${release ?? 'releases'}`,
      closing(async (open) => {
        const [port] = await open.wire({ pool: await open.pool() });
        const burst = setUp(port);
        const right = [...burst.indices];
        write(burst, port.pool);
        const before = { burst: snapshotOf(burst), usage: port.pool.usage() };
        if (release !== undefined) {
          assert.throws(() => burst.release(), pmdError(release, new RegExp(`entry ${bad} `)));
          assert.deepEqual({ burst: snapshotOf(burst), usage: port.pool.usage() }, before);
          burst.indices.set(right);
        }
        burst.release();
        assert.equal(port.pool.usage().application, 0);
      }),
    );
  }

  it(
    'a count beyond the capacity is taken for the capacity',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = setUp(port);
      const header = new Uint32Array(burst.indices.buffer, 0, 1);
      for (const wrong of [65, 0x7fffffff, 0xffffffff]) {
        header[0] = wrong;
        assert.throws(() => port.tx[0].send(burst), pmdError('ERR_PMD_NOT_OWNER', /entry 40 /));
        assert.throws(() => burst.release(), pmdError('ERR_PMD_NOT_OWNER', /entry 40 /));
        assert.equal(burst.allocate(), 0);
        assert.equal(burst.append(Buffer.alloc(60)), false);
        assert.equal(port.rx[0].receive(burst), 0);
      }
      header[0] = count;
      burst.release();
      assert.equal(port.pool.usage().application, 0);
    }),
  );

  it(
    'a count that is too small forgets frames until it is put right',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = setUp(port);
      const header = new Uint32Array(burst.indices.buffer, 0, 1);
      header[0] = 0;
      assert.equal(port.tx[0].send(burst), 0);
      burst.release();
      assert.equal(port.pool.usage().application, count);
      header[0] = count;
      burst.release();
      assert.equal(port.pool.usage().application, 0);
    }),
  );

  it(
    'garbage everywhere, again and again, does no harm',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = setUp(port);
      const right = [...burst.indices];
      const block = new Uint32Array(burst.indices.buffer, 0, 16 + 64 * 3);
      let state = 1;
      for (let round = 0; round < 2000; round++) {
        for (let w = 0; w < block.length; w++) {
          state ^= state << 13;
          state ^= state >>> 17;
          state ^= state << 5;
          block[w] = w >= 16 && w < 80 ? state >>> 20 : state; // indices mostly of the pool
        }
        for (const use of [() => port.tx[0].send(burst), () => burst.release(), () => burst.frame(3)]) {
          try {
            use();
          } catch (error) {
            assert.equal((error as { name: string }).name, 'PmdError');
          }
        }
      }
      block[0] = 0;
      const { free, rxRings, txRings, application } = port.pool.usage();
      assert.equal(free + rxRings + txRings + application, port.pool.buffers);
      assert.equal(application, count); // random entries hit none that are ours all at once
      block[0] = count;
      burst.indices.set(right);
      burst.release();
    }),
  );
});
