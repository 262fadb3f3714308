import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Burst,
  createRing,
  type DistributeOptions,
  distribute,
  type Port,
  type Ring,
} from '../../src/index.ts';
import { isWhole } from '../faults/support/rig.ts';
import { pmdError } from '../support/errors.ts';
import { type Closing, closing } from '../support/ports.ts';
import { scaled } from '../support/scale.ts';
import { settles, until } from '../support/until.ts';

interface Setup {
  left: Port;
  right: Port;
  rings: Ring[];
}

/** A wire and rings over the pool of its right end. */
function withRings(
  count: number,
  body: (setup: Setup, open: Closing) => Promise<void>,
  capacity = 1024,
): () => Promise<void> {
  return closing(async (open) => {
    const pool = await open.pool();
    const [left, right] = await open.wire({ pool });
    const rings = Array.from({ length: count }, () => createRing({ pool, capacity }));
    try {
      await body({ left, right, rings }, open);
    } finally {
      await Promise.all([left.close(), right.close(), ...rings.map((ring) => ring.close())]);
      isWhole(pool);
    }
  });
}

/** A UDP frame of a flow, with a number; in the other direction when `back`. */
function frameOf(to: Port, flow: number, number: number, { back = false, vlan = -1 } = {}): Buffer {
  const frame = Buffer.alloc(64);
  frame.set(to.mac.split(':').map((byte) => Number.parseInt(byte, 16)));
  frame.set([2, 0, 0, 0, 0, 1], 6);
  const at = vlan < 0 ? 14 : 18;
  if (vlan >= 0) frame.writeUInt32BE(((0x8100 << 16) | vlan) >>> 0, 12);
  frame.writeUInt16BE(0x0800, at - 2);
  frame[at] = 0x45;
  frame.writeUInt16BE(64 - at, at + 2);
  frame[at + 9] = 17;
  const ends = [Buffer.from([10, 0, flow, 1]), Buffer.from([10, 0, flow, 2])];
  const ports = [1000 + flow, 2000];
  if (back) [ends.reverse(), ports.reverse()];
  Buffer.concat(ends).copy(frame, at + 12);
  for (const [i, port] of ports.entries()) frame.writeUInt16BE(port, at + 20 + 2 * i);
  frame.writeUInt16BE(64 - at - 20, at + 24);
  frame[at + 28] = flow;
  frame.writeUInt32BE(number, at + 29);
  return frame;
}

interface Seen {
  flow: number;
  number: number;
}

/** What a ring has now, by flow and number. */
function take(ring: Ring, at = 14): Seen[] {
  const burst = ring.pool.createBurst(1024);
  ring.receive(burst);
  const seen = Array.from({ length: burst.count }, (_, i) => {
    const frame = burst.frame(i);
    return { flow: frame[at + 28]!, number: frame.readUInt32BE(at + 29) };
  });
  burst.release();
  return seen;
}

async function sendAll(port: Port, frames: Buffer[]): Promise<void> {
  const burst = port.pool.createBurst(32);
  for (let i = 0; i < frames.length; ) {
    while (i < frames.length && burst.append(frames[i]!)) if (++i % 32 === 0) break;
    await until('room', () => {
      port.tx[0].send(burst);
      return burst.count === 0;
    });
  }
}

const passed = (rings: Ring[]) => rings.reduce((sum, ring) => sum + ring.stats().sent, 0);

describe('distribute', () => {
  it(
    'by flow keeps both directions of a flow in one ring, in order',
    withRings(3, async ({ left, right, rings }) => {
      const distribution = distribute(right.rx[0], rings);
      const frames = Array.from({ length: 400 }, (_, i) => {
        return frameOf(right, i % 20, i, { back: i % 3 === 0 });
      });
      await sendAll(left, frames);
      await until('all frames', () => passed(rings) === 400);
      const seen = rings.map((ring) => take(ring));
      assert.equal(seen.flat().length, 400);
      assert.deepEqual(distribution.dropped, [0, 0, 0]);
      const ringsOf = (flow: number) => seen.filter((list) => list.some((frame) => frame.flow === flow));
      for (let flow = 0; flow < 20; flow++) assert.equal(ringsOf(flow).length, 1, `flow ${flow}`);
      assert.ok(
        seen.every((list) => list.length > 0),
        '20 flows use 3 rings',
      );
      for (const list of seen) {
        const numbers = list.map(({ number }) => number);
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
        );
      }
      await distribution.stop();
    }),
  );

  it(
    'by tag sends a VLAN to one ring, whatever its flows',
    withRings(4, async ({ left, right, rings }) => {
      await right.setVlan(5, true);
      await right.setVlan(6, true);
      const distribution = distribute(right.rx[0], rings, { by: 'tag' });
      const frames = Array.from({ length: 40 }, (_, i) => frameOf(right, i, i, { vlan: 5 + (i % 2) }));
      await sendAll(left, frames);
      await until('all frames', () => passed(rings) === 40);
      assert.deepEqual(
        rings.map((ring) => take(ring).length),
        [0, 20, 20, 0],
      );
      await distribution.stop();
    }),
  );

  it(
    'by a function gives each frame to the ring that it names, and drops what it names none for',
    withRings(2, async ({ left, right, rings }) => {
      const answers: unknown[] = [0, 1, 2, -1, 0.5, undefined, Number.NaN, '1', 1];
      const by = (burst: Burst, i: number) => answers[burst.frame(i)[14 + 28]!] as number;
      const distribution = distribute(right.rx[0], rings, { by });
      await sendAll(
        left,
        answers.map((_, flow) => frameOf(right, flow, flow)),
      );
      await until('all frames', () => passed(rings) === 3);
      const flows = rings.map((ring) => take(ring).map(({ flow }) => flow));
      assert.deepEqual(flows, [[0], [1, 8]]);
      await distribution.stop();
    }),
  );

  it(
    'drops and counts what a ring has no room for, and no other ring waits',
    withRings(
      2,
      async ({ left, right, rings }) => {
        const distribution = distribute(right.rx[0], rings, { by: (burst, i) => burst.frame(i)[14 + 28]! });
        for (let number = 0; number < 30; number++) {
          await sendAll(left, [frameOf(right, 0, number), frameOf(right, 1, number)]);
          await until('the second frame', () => rings[1]!.stats().sent === number + 1);
          assert.equal(take(rings[1]!).length, 1);
        }
        await until('the drops', () => distribution.dropped[0] === 14);
        assert.deepEqual(distribution.dropped, [14, 0]);
        assert.deepEqual(
          take(rings[0]!).map(({ number }) => number),
          [...Array(16).keys()],
        );
        await rings[0]!.close();
        await sendAll(left, [frameOf(right, 0, 0)]);
        await until('a drop of a closed ring', () => distribution.dropped[0] === 15);
        await distribution.stop();
      },
      16,
    ),
  );

  it(
    'ends with the port, by its signal, and with the error of the function',
    withRings(1, async ({ left, right, rings }) => {
      const controller = new AbortController();
      const aborted = distribute(right.rx[0], rings, { signal: controller.signal });
      controller.abort();
      await settles('the end', aborted.ended);
      const failing = distribute(right.rx[0], rings, {
        by: () => {
          throw new RangeError('of mine');
        },
      });
      await sendAll(left, [frameOf(right, 0, 0)]);
      await assert.rejects(settles('the end', failing.ended), /of mine/);
      await using closed = distribute(right.rx[0], rings);
      await right.close();
      await settles('the end', closed.ended);
    }),
  );

  it(
    'refuses what it cannot distribute to',
    withRings(1, async ({ right, rings }, open) => {
      const invalid = pmdError('ERR_PMD_INVALID_ARGUMENT');
      const [ring] = rings;
      for (const wrong of [undefined, null, [], [5], [ring!.rx], Array(65).fill(ring), 'x'])
        assert.throws(() => distribute(right.rx[0], wrong as Ring[]), invalid);
      for (const options of [null, { by: 'port' }, { by: 5 }, { capacity: 5 }, { signal: {} }])
        assert.throws(() => distribute(right.rx[0], rings, options as DistributeOptions), invalid);
      assert.throws(() => distribute(ring as unknown as Port['rx'][0], rings), invalid);
      const other = createRing({ pool: await open.pool() });
      assert.throws(() => distribute(right.rx[0], [other]), pmdError('ERR_PMD_POOL_MISMATCH'));
      await other.close();
    }),
  );

  const runs = scaled('runs of distribution with receivers that change', 10, { long: 100 });
  it(`keeps the frames of a flow in order while receivers come and go, ${runs} times`, async () => {
    const steps = fc.array(fc.oneof(fc.constant('send'), fc.nat(2)), { minLength: 5, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 12 }), async (plan, flows) => {
        await withRings(3, async ({ left, right, rings }) => {
          const distribution = distribute(right.rx[0], rings);
          const last = new Map<number, number>();
          let number = 0;
          for (const step of plan) {
            if (step === 'send') {
              const frames = Array.from({ length: 20 }, () => frameOf(right, number % flows, number++));
              await sendAll(left, frames);
              continue;
            }
            // A receiver that takes over the ring, and is gone after what it has found.
            for (const seen of take(rings[step as number]!)) {
              assert.ok(seen.number > (last.get(seen.flow) ?? -1), `flow ${seen.flow} is out of order`);
              last.set(seen.flow, seen.number);
            }
            rings[step as number]!.rx.detach();
          }
          await until('all frames', () => passed(rings) === number);
          await distribution.stop();
        })();
      }),
      { numRuns: runs },
    );
  });
});
