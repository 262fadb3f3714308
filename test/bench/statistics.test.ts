import assert from 'node:assert/strict';
import fc from 'fast-check';
import { median, medianInterval, signTestRank } from '../../bench/statistics.ts';

// Below the half of what a double can hold, so that two of them can be added.
const value = fc.double({ min: -1e300, max: 1e300, noNaN: true });
const values = fc.array(value, { minLength: 1, maxLength: 60 });

/** P(Binomial(n, 1/2) < k), from Pascal's triangle. */
function probabilityBelow(n: number, k: number): number {
  let row = [1n];
  for (let i = 0; i < n; i++) row = [1n, ...row.slice(1).map((value, j) => value + row[j]!), 1n];
  return Number(row.slice(0, k).reduce((sum, value) => sum + value, 0n)) / 2 ** n;
}

describe('statistics of the bench', () => {
  it('a median has as many values below as above, and is one of them or between two', () => {
    fc.assert(
      fc.property(values, (list) => {
        const middle = median(list);
        const below = list.filter((value) => value < middle).length;
        const above = list.filter((value) => value > middle).length;
        assert.ok(Math.max(below, above) <= list.length / 2);
        assert.ok(middle >= Math.min(...list) && middle <= Math.max(...list));
      }),
    );
  });

  it('an interval holds its median, is bounded by values, and does not depend on their order', () => {
    fc.assert(
      fc.property(values, (list) => {
        const { median: middle, low, high } = medianInterval(list);
        assert.ok(low <= middle && middle <= high);
        assert.ok(list.includes(low) && list.includes(high));
        assert.deepEqual(medianInterval(list.toReversed()), { median: middle, low, high });
      }),
    );
  });

  it('the rank of the sign test is the greatest that keeps 95 %', () => {
    for (let n = 1; n <= 50; n++) {
      const k = signTestRank(n);
      assert.ok(probabilityBelow(n, k) <= 0.025, `${n} values, rank ${k}`);
      assert.ok(probabilityBelow(n, k + 1) > 0.025, `${n} values, rank ${k + 1}`);
    }
    assert.equal(signTestRank(15), 4); // as the tables have it
  });
});
