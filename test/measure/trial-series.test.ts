import assert from 'node:assert/strict';
import { type Burst, type Pool, type Port, parseMac } from '../../src/index.ts';
import { BackToBackTrial } from '../../src/measure/back-to-back-trial.ts';
import { LoadTrial } from '../../src/measure/load-trial.ts';
import { measure } from '../../src/measure/measure.ts';
import { type TrialMethod, TrialSeries } from '../../src/measure/trial-series.ts';
import { setDestination } from '../../src/net/ethernet.ts';
import type { SizeBurst } from '../../src/results/back-to-back-result.ts';
import type { SizeLoss } from '../../src/results/loss-result.ts';
import type { Measurement } from '../../src/results/results.ts';
import { imix, oneSize } from '../../src/traffic/sizes.ts';
import { BackToBackPlan } from '../../src/trials/back-to-back-plan.ts';
import { LossPlan } from '../../src/trials/loss-plan.ts';
import { type Closing, closing, freshAddress } from '../support/ports.ts';

const txRing = 64;

/** Forwards from one port to the other, as fast as the latter takes it, out of a buffer of so many frames. */
class Device {
  dropped = 0;
  readonly #pool: Pool;
  readonly #from: Port;
  readonly #to: Port;
  readonly #station: Uint8Array;
  readonly #buffer: Burst;
  readonly #surplus: Burst;

  /** @param station Who is at the far end of `to`. */
  constructor(pool: Pool, [from, to, station]: [Port, Port, Port], frames: number) {
    this.#pool = pool;
    this.#station = parseMac(station.mac);
    this.#from = from;
    this.#to = to;
    this.#buffer = pool.createBurst(frames);
    this.#surplus = pool.createBurst(1024);
  }

  round(): void {
    const held = this.#buffer.count;
    const received = this.#from.rx[0].receive(this.#buffer);
    for (let i = held; i < held + received; i++)
      setDestination(this.#pool.bytes, this.#buffer.position(i), this.#station);
    this.#to.tx[0].send(this.#buffer);
    if (this.#buffer.count < this.#buffer.capacity) return;
    this.dropped += this.#from.rx[0].receive(this.#surplus);
    this.#surplus.release();
  }

  /** Gives what it holds back, so that the pool can be closed. */
  release(): void {
    this.#buffer.release();
  }
}

interface Rig {
  pool: Pool;
  ends: [Port, Port];
  device: Device;
  destination?: string;
}

/** tester -- device -- tester; what leaves the device has 20000 frames a second. */
async function openRig(open: Closing, buffer: number): Promise<Rig> {
  const pool = await open.pool({ hugePages: 'never', buffers: 32768 });
  const [tx, deviceIn] = await open.wire({ pool, rxRing: 4096 });
  const slow = freshAddress();
  const deviceOut = await open.port(`${slow},rate=20000`, { pool, txRing });
  const rx = await open.port(slow, { pool, rxRing: 4096 });
  return {
    pool,
    ends: [tx, rx],
    device: new Device(pool, [deviceIn, deviceOut, rx], buffer),
    destination: deviceIn.mac,
  };
}

async function run<Next, Result>(
  { pool, ends, device, destination }: Rig,
  method: TrialMethod<Next, Result>,
  sizes = [{ name: '64', sizes: oneSize(60) }],
): Promise<Measurement> {
  const series = new TrialSeries(pool, ends, method, {
    frameSizes: sizes,
    frames: { template: 'udp', fields: [], seed: 1 },
    settleMs: 200,
    burstSize: 32,
    destination,
  });
  const work = {
    sends: true,
    txDropped: series.txDropped,
    bursts: series.bursts,
    get done() {
      return series.done;
    },
    round: (budget: number) => {
      device.round();
      return series.round(budget);
    },
    release: () => {
      series.release();
      device.release();
    },
    finish: () => series.finish(),
  };
  return measure(work, ends, {});
}

describe('trials of a device with a buffer', () => {
  it(
    'find the longest burst that it takes; what is missing is what it dropped, by its own count',
    closing(async (open) => {
      const buffer = 300;
      const rig = await openRig(open, buffer);
      const plan = new BackToBackPlan({ maxSeconds: 0.01, width: 0.02, repeats: 3 });
      const { details, endedBy } = await run(rig, { plan, trial: BackToBackTrial });
      const [{ longest, maxFrames, trials }] = details.burst as [SizeBurst];
      assert.equal(endedBy, 'done');
      assert.equal(maxFrames, 14_881); // 10 ms of 64-byte frames on a gigabit
      assert.equal(longest.frames.length, 3);
      // A burst that the buffer holds is never lost; how much of a longer one leaves meanwhile is the host's business.
      assert.ok(longest.min! >= buffer * 0.98, `${longest.min}`);
      assert.ok(trials.every(({ frames, received }) => frames > buffer || received === frames));
      const lost = trials.reduce((sum, { frames, received }) => sum + frames - received, 0);
      assert.equal(lost, rig.device.dropped);
      assert.ok(lost > 0);
    }),
  );

  it(
    'find what it loses at each rate; what is missing is what it dropped, by its own count',
    closing(async (open) => {
      const rig = await openRig(open, 300);
      const rates = [5000, 60_000].map(
        (numerator) => ({ kind: 'frames', perSecond: { numerator, denominator: 1 } }) as const,
      );
      const plan = new LossPlan({ rates, durationSeconds: 0.3 });
      const { details, ports } = await run(rig, { plan, trial: LoadTrial }, [
        { name: '100', sizes: oneSize(96) },
        { name: 'imix', sizes: imix },
      ]);
      const sizes = details.loss!;
      assert.deepEqual(
        sizes.map(({ size, trials }) => [size, trials.map(({ load, intended }) => [load, intended])]),
        ['100', 'imix'].map((size) => [
          size,
          [
            [5000, 1500],
            [60_000, 18_000],
          ],
        ]),
      );
      const all = sizes.flatMap(({ trials }) => trials);
      assert.equal(
        all.reduce((sum, { sent, received }) => sum + sent - received, 0),
        rig.device.dropped,
      );
      assert.equal(
        all.reduce((sum, { sent }) => sum + sent, 0),
        ports[0]!.txPackets,
      );
      for (const { trials } of sizes) assert.ok(trials[1]!.lossRatio > 0.5, `${trials[1]!.lossRatio}`);
    }),
  );

  it(
    'of falling rates end when two in a row lose nothing',
    closing(async (open) => {
      const pool = await open.pool({ hugePages: 'never', buffers: 32768 });
      const ends = await open.wire({ pool, rxRing: 4096 });
      const device = { round: () => {}, release: () => {} } as unknown as Device;
      const rates = [4000, 3000, 2000, 1000, 500, 250, 100, 50, 40, 30].map(
        (numerator) => ({ kind: 'frames', perSecond: { numerator, denominator: 1 } }) as const,
      );
      const plan = new LossPlan({ rates, durationSeconds: 0.05, untilLossless: 2 });
      const { details, notices } = await run({ pool, ends, device }, { plan, trial: LoadTrial });
      const [{ trials }] = details.loss as [SizeLoss];
      const lossless = trials.map(({ lossRatio }) => lossRatio === 0);
      if (trials.length < rates.length) assert.deepEqual(lossless.slice(-2), [true, true]);
      const early = lossless.findIndex((good, i) => i > 0 && good && lossless[i - 1]);
      if (early >= 0) assert.equal(trials.length, early + 1);
      assert.deepEqual(notices, []);
    }),
  );
});
