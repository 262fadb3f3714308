import assert from 'node:assert/strict';
import type { Burst, Port } from '../../src/index.ts';
import { drain } from '../support/frames.ts';
import { limitMs } from '../support/limits.ts';
import { NumberedFrames } from '../support/numbered-frames.ts';
import { closing } from '../support/ports.ts';
import { scaled } from '../support/scale.ts';

const ring = 512;
const window = 448; // fewer than the RX ring holds when the driver has yet to give 32 back, so nothing may be lost
const patienceMs = limitMs(120); // without a frame: far more than a descheduled engine thread takes
const pollsPerLook = 1_000_000; // at the clock

describe('a wire', function () {
  this.timeout(limitMs(1200));

  const frames = scaled('frames over a wire', 10_000_000);
  it(
    `carries ${frames} frames of random sizes and contents: none lost, reordered or corrupted`,
    closing(async (open) => {
      const [left, right] = await open.wire({ rxRing: ring, txRing: ring });
      const begin = performance.now();
      carry(left, right, frames, 1);
      console.log(`      ${frames} frames in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
      drain(left);
      for (const port of [left, right]) {
        const { free, rxRings, txRings, application } = port.pool.usage();
        assert.deepEqual({ rxRings, txRings, application }, { rxRings: ring, txRings: 0, application: 0 });
        assert.equal(free, port.pool.buffers - ring);
      }
      await right.refresh();
      assert.equal(right.stats().rxPackets, frames);
      assert.equal(right.stats().device.rxPackets, frames);
      assert.equal(right.stats().bus['rxNoDescriptor'], 0);
      assert.equal(right.stats().bus['dmaFaults'], 0);
    }),
  );

  const shared = scaled('frames over a wire within one pool', 1_000_000);
  it(
    `carries ${shared} frames between two ports that share one pool`,
    closing(async (open) => {
      const pool = await open.pool();
      const [left, right] = await open.wire({ pool, rxRing: ring, txRing: ring });
      carry(left, right, shared, 2);
      drain(left);
      assert.deepEqual(pool.usage(), {
        free: pool.buffers - 2 * ring,
        rxRings: 2 * ring,
        txRings: 0,
        application: 0,
      });
    }),
  );
});

/** Sends numbered frames from one port to the other, in this thread alone, and checks each where it arrives. */
function carry(from: Port, to: Port, frames: number, seed: number): void {
  const outgoing = from.pool.createBurst(32);
  const incoming = to.pool.createBurst(32);
  const writer = new NumberedFrames(from.pool, from, to, seed);
  const checker = new NumberedFrames(to.pool, from, to, seed);
  let filled = 0;
  let sent = 0;
  let received = 0;
  let idle = 0;
  let endMs = 0;
  while (received < frames) {
    if (outgoing.count === 0) filled += fill(outgoing, writer, filled, frames);
    if (outgoing.count > 0 && sent + outgoing.count - received <= window) sent += from.tx[0].send(outgoing);
    const got = to.rx[0].receive(incoming);
    if (got > 0) idle = 0;
    else if (++idle % pollsPerLook === 0) {
      if (idle === pollsPerLook) endMs = performance.now() + patienceMs;
      assert.ok(performance.now() < endMs, `frame ${received} of ${sent} that were sent does not arrive`);
    }
    for (let i = 0; i < got; i++) checker.check(incoming, i, received++);
    incoming.release();
  }
}

function fill(burst: Burst, writer: NumberedFrames, first: number, end: number): number {
  const count = burst.allocate(Math.min(burst.capacity, end - first));
  for (let i = 0; i < count; i++) writer.write(burst, i, first + i);
  return count;
}
