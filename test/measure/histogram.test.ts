import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Histogram } from '../../src/pacing/histogram.ts';

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

const values = fc.array(
  fc.oneof(fc.nat(600), fc.nat(2 ** 31 - 1), fc.integer({ min: 0, max: 2 ** 44 - 1 })),
  {
    minLength: 1,
    maxLength: 300,
  },
);

describe('the histogram', () => {
  it('has every quantile of the sorted values, at most 0.4 % above', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (values, fraction) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(fraction * values.length - 1e-9) - 1)]!;
        const found = histogramOf(values).quantile(fraction)!;
        assert.ok(found >= exact && found <= exact * (1 + 1 / 256), `${found} for ${exact}`);
      }),
      { numRuns: 1000 },
    );
  });

  it('knows the least, the most and how many exactly', () => {
    fc.assert(
      fc.property(values, (values) => {
        const { min, max, samples } = histogramOf(values).percentiles();
        assert.deepEqual([min, max, samples], [Math.min(...values), Math.max(...values), values.length]);
      }),
    );
  });

  it('is exact for small values', () => {
    const histogram = histogramOf(Array.from({ length: 512 }, (_, i) => i));
    for (const [fraction, value] of [
      [0.5, 255],
      [0.9, 460],
      [1, 511],
    ] as const) {
      assert.equal(histogram.quantile(fraction), value);
    }
  });

  it('keeps what is out of range at its ends', () => {
    const { min, max } = histogramOf([-5, 1e30]).percentiles();
    assert.deepEqual([min, max], [0, 2 ** 44 - 1]);
  });

  it('has no percentiles without values', () => {
    assert.equal(new Histogram().percentiles().p99, null);
    assert.equal(new Histogram().percentiles().min, null);
  });
});
