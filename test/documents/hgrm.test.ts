import assert from 'node:assert/strict';
import fc from 'fast-check';
import { build } from 'hdr-histogram-js';
import { formatHgrm } from '../../src/documents/hgrm.ts';
import { Histogram } from '../../src/pacing/histogram.ts';

const values = fc.array(
  fc.oneof(fc.nat(600), fc.nat(2 ** 20), fc.nat(2 ** 31 - 1), fc.integer({ min: 0, max: 2 ** 40 })),
  { minLength: 1, maxLength: 300 },
);

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** Has four times as many sub-buckets, whose bounds are among ours. */
function oracleOf(values: readonly number[]) {
  const oracle = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2 ** 44,
    numberOfSignificantValueDigits: 3,
  });
  for (const value of values) oracle.recordValue(value);
  return oracle;
}

/** The greatest value of its bucket: of 512 up to the next power of two. */
function roundedUp(value: number): number {
  const width = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, value))) - 8);
  return (Math.floor(value / width) + 1) * width - 1;
}

const textOf = (histogram: Histogram) =>
  formatHgrm({ latencyNanoseconds: histogram.percentiles(), distribution: histogram.distribution() });
const rowsOf = (text: string) => text.split('\n').filter((line) => !line.startsWith('#'));
const footerOf = (text: string) =>
  [...text.matchAll(/(Mean|StdDeviation|Max|Total count) += +([\d.]+)/g)].map(([, , value]) => Number(value));

describe('.hgrm', () => {
  it("is line by line HdrHistogram's own, for values that both know alike", () => {
    fc.assert(
      fc.property(values, (values) => {
        const alike = values.map(roundedUp);
        const oracle = oracleOf(alike).outputPercentileDistribution(5, 1000);
        assert.deepEqual(rowsOf(textOf(histogramOf(alike))), rowsOf(oracle));
      }),
      { numRuns: 50 },
    );
  });

  it("has HdrHistogram's mean, deviation, maximum and count", () => {
    fc.assert(
      fc.property(values, (values) => {
        const ours = footerOf(textOf(histogramOf(values)));
        const theirs = footerOf(oracleOf(values).outputPercentileDistribution(5, 1000));
        assert.equal(ours.length, 4);
        // Both round to a thousandth; its values are known to a thousandth of themselves, and so is their deviation.
        const slack = 0.002 + Math.max(...values) * 1e-6;
        for (const [i, value] of ours.entries())
          assert.ok(Math.abs(value - theirs[i]!) <= slack, `${value}, ${theirs[i]}`);
        assert.equal(ours[3], theirs[3]);
      }),
      { numRuns: 50 },
    );
  });

  it('has quantiles within 0.5 % of those of HdrHistogram', () => {
    fc.assert(
      fc.property(values, (values) => {
        const oracle = oracleOf(values);
        const histogram = histogramOf(values);
        for (const percent of [50, 90, 99, 99.9, 99.99]) {
          const [ours, theirs] = [histogram.quantile(percent / 100)!, oracle.getValueAtPercentile(percent)];
          assert.ok(Math.abs(ours - theirs) <= 1 + theirs / 200, `${percent} %: ${ours}, ${theirs}`);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('of no value has no row', () => {
    const text = textOf(new Histogram());
    assert.equal(rowsOf(text).filter((line) => line !== '').length, 1);
    assert.deepEqual(footerOf(text), [0, 0, 0, 0]);
  });
});
