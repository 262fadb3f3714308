import assert from 'node:assert/strict';
import { attachRing, createRing, type Ring } from '../../src/index.ts';
import { onRig, type Rig } from '../faults/support/rig.ts';
import { pmdError } from '../support/errors.ts';
import { limitMs } from '../support/limits.ts';
import { startRingWorker } from '../support/ring-worker-client.ts';
import { scaled } from '../support/scale.ts';
import { until } from '../support/until.ts';
import { nextMessage, startWorker } from '../support/workers.ts';

const rounds = scaled('rounds of workers that end with frames of a ring in hand', 2, { long: 100 });

/** Sends until so many more frames have come back. */
async function passFrames(there: Ring, back: Ring, count: number): Promise<void> {
  const burst = there.pool.createBurst(32);
  let came = 0;
  await until('frames to come back', () => {
    burst.allocate(16 - burst.count);
    there.send(burst);
    came += back.receive(burst);
    burst.release();
    return came >= count;
  });
}

describe('a worker between two rings', function () {
  this.timeout(limitMs(120 + 20 * rounds));

  for (const how of ['terminate', 'exit', 'throw'] as const) {
    it(
      `that ends by ${how} leaves its ring to the next, others unharmed, and no buffer behind`,
      onRig(async (rig: Rig) => {
        const rings = Array.from({ length: 4 }, () => createRing({ pool: rig.pool, capacity: 64 }));
        const [there, back, otherThere, otherBack] = rings as [Ring, Ring, Ring, Ring];
        const other = await startRingWorker(otherThere, otherBack);
        await other.do('forward');
        for (let round = 0; round < rounds; round++) {
          const worker = await startRingWorker(there, back);
          await worker.do('forward');
          await passFrames(there, back, 500);
          await worker.end(how);
          await passFrames(otherThere, otherBack, 500);
        }
        await other.end();
        await Promise.all(rings.map((ring) => ring.close()));
      }),
    );
  }

  it(
    'that made a ring closes it by its end',
    onRig(async (rig: Rig) => {
      const worker = startWorker('ring-maker.ts', { pool: rig.pool.token });
      const ring = attachRing(await nextMessage(worker));
      const burst = rig.pool.createBurst(8);
      assert.equal(ring.receive(burst), 3);
      const iteration = ring.bursts();
      const waiting = iteration.next();
      await worker.terminate();
      assert.deepEqual(await waiting, { done: true, value: undefined });
      assert.throws(() => ring.receive(burst), pmdError('ERR_PMD_CLOSED'));
      burst.release();
    }),
  );
});
