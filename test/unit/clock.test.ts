import assert from 'node:assert/strict';
import { cycleCount, monotonicNs } from '../../src/core/clock.ts';
import { garbageOf } from '../support/garbage.ts';

describe('the clock', () => {
  it("is process.hrtime's", () => {
    for (let i = 0; i < 1000; i++) {
      const before = Number(process.hrtime.bigint());
      const now = monotonicNs();
      assert.ok(before <= now && now <= Number(process.hrtime.bigint()));
    }
  });

  it('never goes back, nor does the cycle counter', () => {
    for (const read of [monotonicNs, cycleCount]) {
      let last = read();
      for (let i = 0; i < 10_000; i++) {
        const now = read();
        assert.ok(now >= last);
        last = now;
      }
    }
  });

  it('makes no garbage', () => {
    const readings = 1_000_000;
    const run = () => {
      let sum = 0;
      for (let i = 0; i < readings; i++) sum += monotonicNs() - cycleCount();
      return sum;
    };
    const bytes = garbageOf(run) / readings;
    assert.ok(bytes < 1, `${bytes} bytes per reading`);
  });
});
