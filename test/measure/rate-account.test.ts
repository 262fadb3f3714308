import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Port } from '../../src/index.ts';
import { RateAccount } from '../../src/measure/rate-account.ts';
import type { DepartureCounts } from '../../src/pacing/departures.ts';
import { inject } from '../faults/support/rig.ts';
import { fill } from '../support/frames.ts';
import { closing, freshAddress, freshFlood } from '../support/ports.ts';
import { until } from '../support/until.ts';

const none = { min: null, p50: null, p90: null, p99: null, p999: null, p9999: null, max: null, samples: 0 };
const counts = (intended: number, sent: number): DepartureCounts => ({
  intendedPps: 1000,
  intended,
  offered: intended,
  sent,
  deviationNanoseconds: none,
});

/** What is said of a tenth of the frames. */
function noteOf(account: RateAccount): string {
  const { notes } = account.outcome([counts(10_000, 1000)]);
  assert.equal(notes.length, 1);
  assert.match(notes[0]!, /^emu:\S+: 9 000 of 10 000 frames were not sent in time: /);
  return notes[0]!.slice(notes[0]!.indexOf(' in time: ') + ' in time: '.length);
}

describe('The cause of "not sent in time"', () => {
  it(
    'is that the port recovers, when it does',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      const account = new RateAccount([port]);
      const recovering = once(port, 'recovering');
      inject(port, 'pf-down');
      await recovering;
      assert.match(noteOf(account), /^the port is recovering: /);
    }),
  );

  it(
    'is that the port recovered meanwhile, when it did',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      const account = new RateAccount([port]);
      const recovered = once(port, 'recovered');
      inject(port, 'pf-reset');
      await recovered;
      assert.match(noteOf(account), /^the port did not send all the time: /);
    }),
  );

  it(
    'is that the link is down, when it is',
    closing(async (open) => {
      const port = await open.port(freshAddress());
      const account = new RateAccount([port]);
      inject(port, 'link-down');
      await port.refresh();
      await until('the link to go down', () => !port.link.up);
      assert.match(noteOf(account), /^the link is down: is the PF up/);
    }),
  );

  it(
    'is that the TX ring was full, when it was',
    closing(async (open) => {
      const port = await open.port(freshFlood(), { txRing: 32 });
      const account = new RateAccount([port]);
      inject(port, 'dma-stop');
      sendMore(port, 64);
      inject(port, 'dma-run');
      assert.equal(noteOf(account), 'the device did not keep up, its TX ring was full');
    }),
  );

  it(
    'is the host, when the port knows of nothing',
    closing(async (open) => {
      const account = new RateAccount([await open.port(freshFlood())]);
      assert.equal(noteOf(account), 'the host did not keep up, other work had the CPU');
    }),
  );

  it(
    'is not asked for when all but a run-out of them left',
    closing(async (open) => {
      const account = new RateAccount([await open.port(freshFlood())]);
      assert.deepEqual(account.outcome([counts(10_000, 9_950)]).notes, []);
    }),
  );
});

/** More than the ring takes. */
function sendMore(port: Port, frames: number): void {
  const burst = port.pool.createBurst(frames);
  fill(burst, port, frames);
  assert.ok(port.tx[0].send(burst) < frames);
  burst.release();
}
