import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { monotonicNs } from '../../src/core/clock.ts';
import type { Burst, BurstsOptions } from '../../src/index.ts';
import { isWhole } from '../faults/support/rig.ts';
import { pmdError } from '../support/errors.ts';
import { fill, sequenceOf } from '../support/frames.ts';
import { closing, freshFlood } from '../support/ports.ts';
import { until } from '../support/until.ts';

describe('for await (const burst of rx)', () => {
  it(
    'gives bursts in order and releases what is left in them at the next turn',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const out = left.pool.createBurst(200);
      fill(out, right, 200);
      left.tx[0].send(out);
      let next = 0;
      let seen: Burst | undefined;
      for await (const burst of right.rx[0]) {
        assert.ok(burst.count > 0 && burst.count <= 32);
        assert.equal(right.pool.usage().application, burst.count);
        seen ??= burst;
        assert.equal(burst, seen);
        for (let i = 0; i < burst.count; i++) assert.equal(sequenceOf(burst, i), next++);
        if (next === 200) break;
      }
      assert.equal(right.pool.usage().application, 0);
    }),
  );

  it(
    'leaves to the consumer what it sends or releases itself',
    closing(async (open) => {
      const pool = await open.pool();
      const from = await open.port(freshFlood(), { pool });
      const to = await open.port(freshFlood(), { pool });
      let bursts = 0;
      for await (const burst of from.rx[0].bursts({ capacity: 8 })) {
        if (bursts % 2 === 0) to.tx[0].send(burst);
        else burst.release();
        if (++bursts === 20) break;
      }
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'ends without a warning when the port is closed in its body, with frames in the burst',
    closing(async (open) => {
      const warnings: Error[] = [];
      const listener = (warning: Error) => warnings.push(warning);
      process.on('warning', listener);
      try {
        const port = await open.port(freshFlood());
        let bursts = 0;
        for await (const burst of port.rx[0]) {
          assert.ok(burst.count > 0);
          bursts++;
          await port.close();
        }
        assert.equal(bursts, 1);
        await setImmediate();
        assert.deepEqual(warnings, []);
      } finally {
        process.off('warning', listener);
      }
    }),
  );

  for (const [name, leave] of [
    [
      'return',
      async (rx: AsyncIterable<Burst>) => {
        for await (const burst of rx) return burst.count;
        return 0;
      },
    ],
    [
      'throw',
      async (rx: AsyncIterable<Burst>) => {
        for await (const burst of rx) throw new RangeError(`${burst.count}`);
      },
    ],
  ] as const) {
    it(
      `releases at ${name}`,
      closing(async (open) => {
        const port = await open.port(freshFlood());
        await leave(port.rx[0]).catch((error) => assert.ok(error instanceof RangeError));
        assert.equal(port.pool.usage().application, 0);
      }),
    );
  }

  it(
    'ends at an abort: at once within the body',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      const controller = new AbortController();
      let bursts = 0;
      for await (const burst of port.rx[0].bursts({ signal: controller.signal })) {
        assert.ok(burst.count > 0);
        if (++bursts === 3) controller.abort();
      }
      assert.equal(bursts, 3);
      assert.equal(port.pool.usage().application, 0);
    }),
  );

  it(
    'ends at an abort while nothing comes, and when it was aborted before',
    closing(async (open) => {
      const [port] = await open.wire();
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 1);
      for await (const burst of port.rx[0].bursts({ signal: controller.signal }))
        assert.fail(`${burst.count} frames`);
      for await (const burst of port.rx[0].bursts({ signal: AbortSignal.abort() }))
        assert.fail(`${burst.count} frames`);
    }),
  );

  it(
    'ends when the port is closed, from within and from without',
    closing(async (open) => {
      for (const delay of [0, 1]) {
        const port = await open.port(freshFlood(), { pool: await open.pool() });
        let bursts = 0;
        for await (const burst of port.rx[0]) {
          if (++bursts === 2) {
            if (delay === 0) await port.close();
            else setTimeout(() => void port.close(), delay);
          }
          assert.ok(burst.count > 0);
        }
        assert.ok(bursts >= 2);
        await port.close();
        isWhole(port.pool);
      }
    }),
  );

  it(
    'ends when a port with a private pool is closed',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      let bursts = 0;
      for await (const burst of port.rx[0]) {
        assert.ok(burst.capacity === 32);
        if (++bursts === 2) await port.close();
      }
      assert.ok(port.pool.closed);
    }),
  );

  it(
    'lets timers run while frames keep coming, and while none do',
    closing(async (open) => {
      const flood = await open.port(freshFlood());
      const [quiet] = await open.wire();
      for (const port of [flood, quiet]) {
        const controller = new AbortController();
        let ticks = 0;
        const timer = setInterval(() => {
          if (++ticks === 3) controller.abort();
        }, 1);
        for await (const burst of port.rx[0].bursts({ signal: controller.signal })) burst.release();
        clearInterval(timer);
        assert.equal(ticks, 3);
      }
    }),
  );

  it(
    'lets the event loop turn after each slice, however long the body takes for a burst',
    closing(async (open) => {
      const port = await open.port(freshFlood());
      let turns = 0;
      let isCounting = true;
      const count = () => {
        turns++;
        if (isCounting) globalThis.setImmediate(count);
      };
      count();
      let before = -1;
      let bursts = 0;
      for await (const _ of port.rx[0].bursts({ sliceUs: 10 })) {
        assert.ok(turns > before, 'the event loop did not turn between two bursts');
        before = turns;
        const end = monotonicNs() + 20_000;
        while (monotonicNs() < end);
        if (++bursts === 20) break;
      }
      isCounting = false;
    }),
  );

  for (const priority of ['latency', 'throughput'] as const) {
    it(
      `gets each of several lone frames, priority ${priority}, and sleeps meanwhile`,
      closing(async (open) => {
        const [left, right] = await open.wire();
        const out = left.pool.createBurst(1);
        let next = 0;
        const send = () => {
          fill(out, right, 1, next);
          assert.equal(left.tx[0].send(out), 1);
        };
        setTimeout(send, 2);
        for await (const burst of right.rx[0].bursts({ priority })) {
          assert.equal(sequenceOf(burst, 0), next++);
          if (next === 50) break;
          setTimeout(send, next % 3);
        }
        assert.equal(right.pool.usage().application, 0);
      }),
    );
  }

  it(
    'reports a burst that the body has spoilt',
    closing(async (open) => {
      const port = await open.port(freshFlood(), { pool: await open.pool() });
      const spoil = async () => {
        for await (const burst of port.rx[0].bursts({ capacity: 4 })) burst.indices[0] = 0xffffffff;
      };
      await assert.rejects(spoil(), pmdError('ERR_PMD_NOT_OWNER', /entry 0/));
      await port.close();
    }),
  );

  it(
    'runs several iterations of one queue by turns',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const out = left.pool.createBurst(64);
      let got = 0;
      const controller = new AbortController();
      const consume = async () => {
        for await (const burst of right.rx[0].bursts({ signal: controller.signal, capacity: 2 })) {
          got += burst.count;
          await setImmediate();
        }
      };
      const consumers = [consume(), consume()];
      fill(out, right, 64);
      left.tx[0].send(out);
      await until('64 frames', () => got === 64);
      controller.abort();
      await Promise.all(consumers);
      assert.equal(right.pool.usage().application, 0);
    }),
  );

  it(
    'refuses wrong options when it is called',
    closing(async (open) => {
      const [port] = await open.wire();
      const wrong = [
        null,
        5,
        'x',
        [],
        { capactiy: 3 },
        { capacity: 0 },
        { capacity: 1025 },
        { capacity: '32' },
        { capacity: null },
        { signal: {} },
        { signal: 1 },
        { signal: null },
        { sliceUs: 0 },
        { sliceUs: 0.5 },
        { sliceUs: 1_000_001 },
        { sliceUs: '200' },
        { priority: 'speed' },
        { priority: null },
        { priority: { toString: () => 'latency' } },
      ];
      for (const options of wrong) {
        assert.throws(
          () => port.rx[0].bursts(options as BurstsOptions),
          pmdError('ERR_PMD_INVALID_ARGUMENT'),
          JSON.stringify(options),
        );
      }
    }),
  );
});
