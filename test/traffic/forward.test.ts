import assert from 'node:assert/strict';
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Burst, Port } from '../../src/index.ts';
import { run } from '../support/child.ts';
import { drain, fill } from '../support/frames.ts';
import { limitMs } from '../support/limits.ts';
import { closing, freshAddress, freshFlood } from '../support/ports.ts';
import { scaled } from '../support/scale.ts';

/** What a forward loop did, in calls that moved something. */
interface Work {
  packets: number;
  receives: number;
  sends: number;
  polls: number;
}

function forward(from: Port, to: Port, burst: Burst, packets: number): Work {
  const [rx] = from.rx;
  const [tx] = to.tx;
  const work = { packets: 0, receives: 0, sends: 0, polls: 0 };
  while (work.packets < packets) {
    work.polls++;
    if (rx.receive(burst) === 0 && burst.count === 0) continue;
    work.receives++;
    const sent = tx.send(burst);
    burst.release(); // what did not fit the ring
    if (sent > 0) work.sends++;
    work.packets += sent;
  }
  return work;
}

describe('the forward loop', function () {
  this.timeout(limitMs(1200));

  const packets = scaled('forwarded packets', 50_000_000);
  it(
    `runs no garbage collection of any kind in ${packets} packets`,
    closing(async (open) => {
      const pool = await open.pool();
      const from = await open.port(freshFlood(), { pool });
      const to = await open.port(freshFlood(), { pool });
      const burst = pool.createBurst(32);
      const collections: PerformanceEntry[] = [];
      const observer = new PerformanceObserver((list) => collections.push(...list.getEntries()));
      observer.observe({ entryTypes: ['gc'] });
      forward(from, to, burst, Math.min(packets, 5_000_000)); // compiled, and warm
      await setImmediate();
      const begin = performance.now();
      const { polls } = forward(from, to, burst, packets);
      const end = performance.now();
      globalThis.gc?.(); // proof that the observer sees one
      while (!collections.some((entry) => entry.startTime >= end)) await setImmediate();
      observer.disconnect();
      const between = collections.filter((entry) => entry.startTime >= begin && entry.startTime < end);
      const rate = packets / (end - begin) / 1000;
      console.log(
        `      ${rate.toFixed(2)} Mpps, ${polls} polls, ${collections.length} collections outside the marks`,
      );
      assert.deepEqual(
        between.map((entry) => (entry as { detail?: { kind?: number } }).detail?.kind),
        [],
        `kinds: minor is ${constants.NODE_PERFORMANCE_GC_MINOR}, major ${constants.NODE_PERFORMANCE_GC_MAJOR}`,
      );
    }),
  );

  it(
    'rings one doorbell per burst at most, and gives more than 32 buffers back with one',
    closing(async (open) => {
      const pool = await open.pool();
      const from = await open.port(freshFlood(), { pool });
      const to = await open.port(freshFlood(), { pool });
      const burst = pool.createBurst(32);
      await Promise.all([from.refresh(), to.refresh()]);
      const rdtBefore = from.stats().bus['rdtWrites']!;
      const framesBefore = from.stats().rxPackets;
      const tdtBefore = to.stats().bus['tdtWrites']!;
      const work = forward(from, to, burst, scaled('packets whose doorbells are counted', 1_000_000));
      await Promise.all([from.refresh(), to.refresh()]);
      const rdtWrites = from.stats().bus['rdtWrites']! - rdtBefore;
      const frames = from.stats().rxPackets - framesBefore;
      assert.ok(rdtWrites <= frames / 33 + work.polls / 64 + 1, `${rdtWrites} for ${frames} frames`);
      assert.ok(rdtWrites >= (frames - 32) / (32 + 32), `${rdtWrites} for ${frames} frames`);
      assert.equal(to.stats().bus['tdtWrites']! - tdtBefore, work.sends);
    }),
  );

  it('makes one Node-API call for each of receive, send, exchange, allocate and release', async () => {
    const { code, stdout, stderr } = await run('call-count-program.ts');
    assert.equal(code, 0, stderr);
    const counts = Object.entries(JSON.parse(stdout) as Record<string, { own: number; native: number }>);
    assert.equal(counts.length, 3);
    for (const [name, { own, native }] of counts) {
      assert.ok(own > 0);
      assert.equal(native, own, name);
    }
  });

  it(
    'asks for a report on the last descriptor of every send and on every 32nd',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port(freshAddress(), { pool, txRing: 512 });
      const burst = pool.createBurst(256);
      for (const [frames, reports] of [
        [1, 1],
        [31, 1],
        [32, 1],
        [33, 2],
        [64, 2],
        [100, 4],
        [256, 8],
      ] as const) {
        await port.refresh();
        const before = port.stats().bus;
        fill(burst, port, frames);
        assert.equal(port.tx[0].send(burst), frames);
        drain(port);
        await port.refresh();
        const after = port.stats().bus;
        assert.equal(after['txDescriptors']! - before['txDescriptors']!, frames);
        assert.equal(after['txReportStatus']! - before['txReportStatus']!, reports, `${frames} frames`);
        assert.equal(after['tdtWrites']! - before['tdtWrites']!, 1);
      }
    }),
  );
});
