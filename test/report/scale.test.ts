import assert from 'node:assert/strict';
import fc from 'fast-check';
import { linear, linearFromZero, logarithmic, percentiles, type Scale } from '../../src/report/scale.ts';

const range = [40, 700] as const;
const positive = fc.double({ min: 1e-3, max: 1e9, noNaN: true });

/** Ticks rise, lie in the range, and are as few as one can read. */
function checkTicks({ ticks, at }: Scale): void {
  assert.ok(ticks.length >= 1 && ticks.length <= 12, `${ticks}`);
  for (const [i, tick] of ticks.entries()) {
    assert.ok(i === 0 || tick > ticks[i - 1]!, `${ticks}`);
    assert.ok(at(tick) >= range[0] - 0.01 && at(tick) <= range[1] + 0.01, `${tick} at ${at(tick)}`);
  }
}

describe('scales', () => {
  it('from zero have room for the most, and little more', () => {
    fc.assert(
      fc.property(positive, (most) => {
        const scale = linearFromZero(most, range);
        checkTicks(scale);
        assert.equal(scale.at(0), range[0]);
        assert.ok(scale.at(most) <= range[1] + 0.01 && scale.at(most) >= range[0] + 300, `${scale.at(most)}`);
      }),
    );
  });

  it('of a domain begin and end with it', () => {
    fc.assert(
      fc.property(positive, positive, (from, span) => {
        const scale = linear([from, from + span], range);
        assert.ok(Math.abs(scale.at(from + span) - range[1]) < 0.01);
        assert.equal(scale.at(from), range[0]);
        if (span > from * 1e-6) checkTicks(scale);
      }),
    );
  });

  it('that are logarithmic put equal ratios at equal distances', () => {
    fc.assert(
      fc.property(positive, fc.double({ min: 1, max: 1e6, noNaN: true }), (least, ratio) => {
        const scale = logarithmic(least, least * ratio, range);
        checkTicks(scale);
        const [low, middle, high] = [least, least * Math.sqrt(ratio), least * ratio].map(scale.at);
        assert.ok(low! >= range[0] - 0.01 && high! <= range[1] + 0.01);
        assert.ok(Math.abs(high! - middle! - (middle! - low!)) < 0.01);
      }),
    );
  });

  it('of percentiles have 90, 99 and 99.9 equally far from each other', () => {
    const { at, ticks } = percentiles(99.99, range);
    const [a, b, c] = [at(90), at(99), at(99.9)];
    assert.ok(Math.abs(b - a - (c - b)) < 0.01);
    assert.deepEqual(ticks, [0, 50, 90, 99, 99.9, 99.99]);
    assert.equal(at(100), range[1]);
  });

  it('of nothing at all are some scale', () => {
    checkTicks(linearFromZero(0, range));
    checkTicks(linear([0, 0], range));
  });
});
