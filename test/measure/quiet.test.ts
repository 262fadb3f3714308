import assert from 'node:assert/strict';
import { Generator } from '../../src/measure/generator.ts';
import { LoadTrial } from '../../src/measure/load-trial.ts';
import { Quiet } from '../../src/pacing/quiet.ts';
import { oneSize } from '../../src/traffic/sizes.ts';
import { closing, freshAddress, freshFlood } from '../support/ports.ts';
import { until } from '../support/until.ts';

describe('quiet', () => {
  it('is there when nothing has come for the limit, at the time of the last look', () => {
    const quiet = new Quiet(100, 0);
    for (let nowNs = 10; nowNs < 100; nowNs += 10) assert.ok(!quiet.look(false, nowNs), `${nowNs}`);
    assert.ok(quiet.look(false, 100));
  });

  it('begins anew with what comes', () => {
    const quiet = new Quiet(100, 0);
    for (let nowNs = 20; nowNs <= 80; nowNs += 20) quiet.look(false, nowNs);
    assert.ok(!quiet.look(true, 100));
    for (let nowNs = 120; nowNs < 200; nowNs += 20) assert.ok(!quiet.look(false, nowNs), `${nowNs}`);
    assert.ok(quiet.look(false, 200));
  });

  it('is not there for who was held up, before a few looks', () => {
    const quiet = new Quiet(100, 0);
    assert.deepEqual(
      [1e9, 2e9, 3e9, 4e9].map((nowNs) => quiet.look(false, nowNs)),
      [false, false, false, true],
    );
  });
});

describe('the wait for the last frames', () => {
  const traffic = { template: 'ethernet', sizes: oneSize(60), fields: [], seed: 1 } as const;

  it(
    'of a trial ends although frames of others keep coming',
    closing(async (open) => {
      const pool = await open.pool({ hugePages: 'never', buffers: 8192 });
      const [tx, rx] = [await open.port(freshAddress(), { pool }), await open.port(freshFlood(), { pool })];
      const generator = new Generator(pool, [tx], { traffic, burstSize: 32, destinations: [rx.mac] });
      const burst = pool.createBurst(32);
      const ends = { pool, tx, rx, generator, burst, settleMs: 50 };
      const trial = new LoadTrial(ends, { load: 1000, durationSeconds: 0.01 });
      let strays = 0;
      await until(
        'a result',
        () => {
          strays += trial.round(64);
          return trial.result !== undefined;
        },
        20,
      );
      const { received, lossRatio } = trial.result!;
      assert.deepEqual([received, lossRatio], [0, 1]);
      assert.ok(strays > 10);
      generator.release();
    }),
  );
});
