import assert from 'node:assert/strict';
import type { Port } from '../../src/index.ts';
import { onRig } from '../faults/support/rig.ts';
import { QueueWorker } from '../support/queue-worker-client.ts';
import { until } from '../support/until.ts';

/** How many frames the worker that is left has to forward after the other's end: several times what its rings hold. */
const frames = 1000;

async function forwards(from: Port, to: Port): Promise<void> {
  const [received, sent] = [from.stats().rxPackets, to.stats().txPackets];
  await until(`${frames} frames to be forwarded`, () => {
    return from.stats().rxPackets - received > frames && to.stats().txPackets - sent > frames;
  });
}

describe('of two workers that forward over one pool', () => {
  for (const how of ['terminate', 'exit', 'throw'] as const) {
    it(
      `one that ends by ${how}, with frames in hand, leaves the other forwarding, and no buffer behind`,
      onRig(async (rig) => {
        const [a, b, c, d] = [
          await rig.flood(),
          await rig.flood(),
          await rig.flood(),
          await rig.flood(),
        ] as const;
        const [ending, staying] = [new QueueWorker(a, b), new QueueWorker(c, d)];
        assert.deepEqual(await Promise.all([ending.do('forward'), staying.do('forward')]), [
          'forwarding',
          'forwarding',
        ]);
        await Promise.all([forwards(a, b), forwards(c, d)]);
        if (how === 'terminate') await ending.terminate();
        else assert.equal(await ending.end(how), how === 'exit' ? 7 : 1);
        await forwards(c, d);
        // And its queues can be had by another.
        const next = new QueueWorker(a, b);
        await next.do('forward');
        await Promise.all([forwards(a, b), forwards(c, d)]);
        await Promise.all([next.terminate(), staying.terminate()]);
      }),
    );
  }
});
