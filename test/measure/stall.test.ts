import assert from 'node:assert/strict';
import type { Pool, Port } from '../../src/index.ts';
import { Generator } from '../../src/measure/generator.ts';
import { LatencyProbe } from '../../src/measure/latency-probe.ts';
import { measure } from '../../src/measure/measure.ts';
import { Receiver } from '../../src/measure/receiver.ts';
import type { Work } from '../../src/measure/work.ts';
import { oneSize } from '../../src/traffic/sizes.ts';
import { inject } from '../faults/support/rig.ts';
import { fill } from '../support/frames.ts';
import { limitMs } from '../support/limits.ts';
import { type Closing, closing, freshAddress, freshFlood } from '../support/ports.ts';

/** What is said when nothing has moved: the first line of a run that says so. It ends the run. */
async function reasonFor(work: Work, pool: Pool, ports: readonly Port[]): Promise<string> {
  const stop = new AbortController();
  let reason = '';
  const { notices } = await measure(work, ports, {
    signal: stop.signal,
    durationMs: limitMs(120),
    onNotice: ({ text }) => {
      if (!/^nothing |^the next/.test(text) || stop.signal.aborted) return;
      reason = text;
      stop.abort();
    },
  });
  assert.ok(notices.some(({ text }) => text === reason));
  assert.equal(pool.usage().application, 0);
  return reason;
}

async function rxReason(open: Closing, address: string, ...faults: string[]): Promise<string> {
  const pool = await open.pool();
  const port = await open.port(address, { pool });
  inject(port, ...faults);
  return reasonFor(new Receiver(pool, [port], 32), pool, [port]);
}

function generator(pool: Pool, port: Port, rate?: number): Generator {
  return new Generator(pool, [port], {
    traffic: { template: 'ethernet', sizes: oneSize(60), fields: [], seed: 1 },
    burstSize: 32,
    destinations: [],
    rate: rate === undefined ? undefined : { kind: 'frames', perSecond: { numerator: 1, denominator: rate } },
  });
}

function probe(pool: Pool, tx: Port, rx: Port, destination?: string): LatencyProbe {
  const framesPerSecond = { numerator: 100, denominator: 1 };
  return new LatencyProbe(pool, tx, rx, { framesPerSecond, frameBytes: 60, burstSize: 32, destination });
}

async function txReason(open: Closing, fault: string): Promise<string> {
  const pool = await open.pool();
  const port = await open.port(freshFlood(), { pool });
  inject(port, fault);
  return reasonFor(generator(pool, port), pool, [port]);
}

describe('when nothing moves, the cause is named:', () => {
  it(
    'the link is down, receiving',
    closing(async (open) => {
      assert.match(
        await rxReason(open, freshFlood(), 'link-down'),
        /has moved for [\d.]+ s; emu:[^ ]+: the link is down/,
      );
    }),
  );

  it(
    'the link is down, sending',
    closing(async (open) => {
      assert.match(await txReason(open, 'link-down'), /has moved for [\d.]+ s; emu:[^ ]+: the link is down/);
    }),
  );

  it(
    'the PF is silent',
    closing(async (open) => {
      assert.match(
        await rxReason(open, freshFlood(), 'pf-down'),
        /: the port is recovering: .*\b(control peer|PF is in reset or down)\b/,
      );
    }),
  );

  it(
    'the MAC filter keeps what comes for others',
    closing(async (open) => {
      const pool = await open.pool();
      const [near, far] = await open.wire({ pool });
      const burst = pool.createBurst();
      const sending = setInterval(() => {
        fill(burst, far, 4); // to its own address, which is not the near end's
        far.tx[0].send(burst);
        burst.release();
      }, 50);
      try {
        const reason = await reasonFor(new Receiver(pool, [near], 32), pool, [near]);
        assert.match(reason, new RegExp(`: what arrives is for others than ${near.mac}$`));
      } finally {
        clearInterval(sending);
      }
    }),
  );

  it(
    'frames are longer than the MTU takes',
    closing(async (open) => {
      assert.match(
        await rxReason(open, freshFlood(1900)),
        /: what arrives is longer than an MTU of 1500 allows$/,
      );
    }),
  );

  it(
    'the far end is idle',
    closing(async (open) => {
      assert.match(
        await rxReason(open, freshAddress()),
        /: the link is up, the far end is idle \(.* emu: names are of one process\)$/,
      );
    }),
  );

  it(
    'what is sent reaches nobody',
    closing(async (open) => {
      const pool = await open.pool();
      const [tx, rx] = [await open.port(freshAddress(), { pool }), await open.port(freshAddress(), { pool })];
      assert.match(
        await reasonFor(probe(pool, tx, rx), pool, [tx, rx]),
        /of what is sent has arrived for [\d.]+ s; emu:[^ ]+: what is sent reaches nobody: no port of this process/,
      );
    }),
  );

  it(
    'the TX ring is full',
    closing(async (open) => {
      assert.match(
        await txReason(open, 'dma-stop'),
        /: the TX ring is full and the device takes nothing from it$/,
      );
    }),
  );

  it(
    'the pool is empty',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port(freshFlood(), { pool });
      const held = Array.from({ length: 64 }, () => pool.createBurst(1024));
      const take = () => held.reduce((sum, burst) => sum + burst.allocate(1024 - burst.count), 0);
      // All that is free, so that what the device fills can't be replaced.
      take();
      const receiver = new Receiver(pool, [port], 32);
      const work: Work = {
        sends: false,
        bursts: receiver.bursts,
        txDropped: [0],
        round(budget) {
          const moved = receiver.round(budget);
          take(); // what the receiver has let go
          return moved;
        },
        release: () => {
          receiver.release();
          for (const burst of held) burst.release();
        },
      };
      assert.match(
        await reasonFor(work, pool, [port]),
        /: frames wait, but the pool has no free buffer for them$/,
      );
    }),
  );

  it(
    'nothing is due yet',
    closing(async (open) => {
      const pool = await open.pool();
      const port = await open.port(freshFlood(), { pool });
      const reason = await reasonFor(generator(pool, port, 60), pool, [port]);
      assert.match(reason, /^the next frame is due in \d+\.\d s$/);
    }),
  );

  for (const [name, fault, destination, says] of [
    ['the far end has no link', 'link-down', undefined, /: the link is down/],
    ['they are for others', 'link-up', '02:00:00:00:00:77', /: what arrives is for others than /],
  ] as const) {
    it(
      `probes leave and none arrives: ${name}`,
      closing(async (open) => {
        const pool = await open.pool();
        const [tx, rx] = await open.wire({ pool });
        inject(rx, fault);
        const reason = await reasonFor(probe(pool, tx, rx, destination), pool, [tx, rx]);
        assert.match(reason, /^nothing of what is sent has arrived for [\d.]+ s; emu:/);
        assert.match(reason, says);
      }),
    );
  }
});
