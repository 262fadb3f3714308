import assert from 'node:assert/strict';
import { LatencyProbe } from '../../src/measure/latency-probe.ts';
import type { LatencyResult } from '../../src/results/latency-result.ts';
import { oneSize } from '../../src/traffic/sizes.ts';
import { closing } from '../support/ports.ts';
import { spinUntil, until } from '../support/until.ts';

const kilohertz = { numerator: 1000, denominator: 1 };

describe('latency probes', () => {
  it(
    'of a sender that was held up are taken from when they were to leave, and none is left out',
    closing(async (open) => {
      const pool = await open.pool();
      const [tx, rx] = await open.wire({ pool });
      const probe = new LatencyProbe(pool, tx, rx, {
        framesPerSecond: kilohertz,
        frameBytes: 60,
        burstSize: 64,
      });
      probe.round(64); // the first one leaves
      const resumeMs = performance.now() + 30;
      spinUntil('30 ms', () => performance.now() >= resumeMs);
      let rounds = 0;
      await until('a few more rounds', () => {
        probe.round(64);
        return ++rounds > 100;
      });
      probe.release();
      const { details, notes } = await probe.finish();
      const { sent, received, lost, outOfOrder, latencyNanoseconds, distribution } = details[
        'latency'
      ] as LatencyResult;
      assert.deepEqual([received, lost, outOfOrder, notes.length], [sent, 0, 0, 0]);
      assert.ok(sent >= 31, `${sent} sent`);
      assert.equal(latencyNanoseconds.samples, sent);
      // The second probe was to leave 1 ms after the first one, and left 29 ms later at the earliest; the third one 28 ms later.
      assert.ok(latencyNanoseconds.max! >= 28.9e6, `${latencyNanoseconds.max}`);
      const totalNs = distribution.mean! * sent; // however many came after those, and in time
      assert.ok(totalNs >= (29 * 30 * 1e6) / 2 - sent, `${totalNs}`);
    }),
  );

  it(
    'are told from the load that they travel amid, whatever it is made of, and both are counted',
    closing(async (open) => {
      const pool = await open.pool({ hugePages: 'never', buffers: 16384 });
      const [tx, rx] = await open.wire({ pool, rxRing: 4096 });
      for (const template of ['ethernet', 'udp', 'tcp6'] as const) {
        const probe = new LatencyProbe(pool, tx, rx, {
          framesPerSecond: kilohertz,
          frameBytes: 60,
          burstSize: 32,
          load: {
            traffic: { template, sizes: oneSize(100), fields: [], seed: 1 },
            rate: { kind: 'frames', perSecond: { numerator: 20_000, denominator: 1 } },
          },
        });
        let moved = 0;
        await until('frames to move', () => {
          moved += probe.round(64);
          return moved > 2000;
        });
        const { details } = await probe.finish();
        const { sent, received, lost, load } = details.latency!;
        assert.deepEqual([received, lost], [sent, 0], template);
        assert.ok(sent >= 20);
        assert.ok(load !== null && load.sent > 900);
        assert.deepEqual([load.received, load.intendedPps], [load.sent, 20_000], template);
        assert.equal(pool.usage().application, 0);
      }
    }),
  );

  it(
    'that do not arrive are counted as lost',
    closing(async (open) => {
      const pool = await open.pool({ hugePages: 'never', buffers: 8192 });
      const [tx, nobody] = await open.wire({ pool });
      const [rx] = await open.wire({ pool });
      await nobody.close();
      const probe = new LatencyProbe(pool, tx, rx, {
        framesPerSecond: kilohertz,
        frameBytes: 60,
        burstSize: 32,
      });
      assert.equal(probe.round(32), 1);
      probe.release();
      const { details, notes } = await probe.finish();
      const { sent, received, lost, latencyNanoseconds } = details['latency'] as LatencyResult;
      assert.deepEqual([sent, received, lost], [1, 0, 1]);
      assert.deepEqual(notes, ['1 of 1 probes were lost']);
      assert.equal(latencyNanoseconds.p50, null);
    }),
  );
});
