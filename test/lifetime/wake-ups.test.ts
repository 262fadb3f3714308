import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { createRing } from '../../src/index.ts';
import { inject } from '../faults/support/rig.ts';
import { fill, sequenceOf } from '../support/frames.ts';
import { limitMs } from '../support/limits.ts';
import { closing, freshName } from '../support/ports.ts';
import { scaled } from '../support/scale.ts';
import { settles } from '../support/until.ts';

const frames = scaled('lone frames around the moment in which a reader falls asleep', 3000, {
  long: 1_000_000,
});

/** Numbers from 0 to below `most`, the same in each run. */
function makeRandom(): (most: number) => number {
  let state = 1;
  return (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

describe('a reader that is about to sleep, without the periodic check', function () {
  this.timeout(limitMs(60 + frames / 50));

  it(
    'wakes for every lone frame of a wire',
    closing(async (open) => {
      const random = makeRandom();
      const address = `emu:${freshName()},delay=20us`;
      const left = await open.port(address);
      const right = await open.port(address);
      for (const port of [left, right]) inject(port, 'lost-check');
      const out = left.pool.createBurst(1);
      const iteration = right.rx[0].bursts();
      for (let number = 0; number < frames; number++) {
        const next = iteration.next();
        for (let turns = random(4); turns > 0; turns--) await setImmediate();
        fill(out, right, 1, number);
        assert.equal(left.tx[0].send(out), 1);
        const { value } = await settles(`frame ${number}`, next);
        assert.equal(value && sequenceOf(value, 0), number);
      }
      await iteration.return();
    }),
  );

  it(
    'wakes for every lone frame of a ring',
    closing(async (open) => {
      const random = makeRandom();
      const ring = createRing({ pool: await open.pool(), capacity: 2 });
      const out = ring.pool.createBurst(1);
      const iteration = ring.bursts();
      for (let number = 0; number < frames; number++) {
        const next = iteration.next();
        for (let turns = random(3); turns > 0; turns--) await setImmediate();
        out.allocate(1);
        assert.equal(ring.send(out), 1);
        const { value } = await settles(`frame ${number}`, next);
        assert.equal(value?.count, 1);
      }
      await iteration.return();
      await ring.close();
    }),
  );
});
