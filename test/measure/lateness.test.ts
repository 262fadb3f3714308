import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Lateness } from '../../src/pacing/lateness.ts';

describe('lateness', () => {
  it('is that of each frame, in the order in which they were held, however few leave at a time', () => {
    const rounds = fc.array(fc.record({ held: fc.nat(4), left: fc.nat(8) }), { maxLength: 200 });
    fc.assert(
      fc.property(rounds, (rounds) => {
        const lateness = new Lateness(1000);
        let due = 0;
        let left = 0;
        for (const round of rounds) {
          for (let i = 0; i < round.held; i++) lateness.hold(due++);
          const leaving = Math.min(round.left, due - left);
          // All that leave now were due at their number, in milliseconds.
          for (let i = 0; i < leaving; i++) lateness.leave(1, left++ + 0.0001);
        }
        const { samples, max } = lateness.percentiles();
        assert.deepEqual([samples, lateness.sent, lateness.offered], [left, left, due]);
        assert.ok(left === 0 || max! <= 101, `${max}`);
      }),
    );
  });

  it('has no lateness for frames without a time', () => {
    const lateness = new Lateness(4);
    lateness.hold(Number.NEGATIVE_INFINITY);
    lateness.hold(10);
    lateness.leave(2, 11);
    const { samples, max } = lateness.percentiles();
    assert.deepEqual([lateness.sent, samples, max], [2, 1, 1_000_000]);
  });
});
