import assert from 'node:assert/strict';
import fc from 'fast-check';
import { arrangements, estimateRatio } from '../../src/documents/ranks.ts';

/** Counts by going through every order of the values. */
function countedArrangements(m: number, n: number): number[] {
  const counts = Array.from({ length: m * n + 1 }, () => 0);
  for (let order = 0; order < 2 ** (m + n); order++) {
    const bits = Array.from({ length: m + n }, (_, i) => (order >> i) & 1);
    if (bits.filter((bit) => bit === 1).length !== m) continue;
    let below = 0;
    let u = 0;
    for (const bit of bits) {
      if (bit === 1) u += below;
      else below++;
    }
    counts[u]!++;
  }
  return counts;
}

const group = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 12 });

/** The same numbers each time; Marsaglia's xorshift. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

describe('the estimate by ranks', () => {
  it('counts orders as going through all of them does', () => {
    for (const [m, n] of [
      [1, 1],
      [2, 3],
      [4, 4],
      [5, 3],
      [1, 7],
    ] as const)
      assert.deepEqual(arrangements(m, n), countedArrangements(m, n), `${m}, ${n}`);
  });

  it('has the critical values of the tables', () => {
    // Two-sided, 5 %: U up to 0 for 4 and 4, 2 for 5 and 5, 23 for 10 and 10. The interval begins one rank above.
    const values = (count: number) => Array.from({ length: count }, (_, i) => 1 + i * 0.01);
    for (const [n, critical] of [
      [4, 0],
      [5, 2],
      [10, 23],
    ] as const) {
      const [before, after] = [values(n), values(n).map((value) => value * 2)];
      const ratios = after.flatMap((a) => before.map((b) => a / b)).sort((a, b) => a - b);
      const { low, high, confidence } = estimateRatio(before, after, 0.95);
      assert.deepEqual([low, high], [ratios[critical], ratios[ratios.length - 1 - critical]]);
      assert.ok(confidence >= 0.95 && confidence < 0.98, `${confidence}`);
    }
  });

  it('says how sure few values can be', () => {
    const sure = (n: number) => estimateRatio(Array(n).fill(1), Array(n).fill(2), 0.95).confidence;
    assert.equal(sure(1), 0);
    assert.equal(sure(2), 1 - 2 / 6);
    assert.equal(sure(3), 0.9);
  });

  it('lies within its interval, and turns over with the sides', () => {
    fc.assert(
      fc.property(group, group, (before, after) => {
        const { ratio, low, high, confidence } = estimateRatio(before, after, 0.95);
        assert.ok(low <= ratio && ratio <= high);
        const turned = estimateRatio(after, before, 0.95);
        assert.equal(turned.confidence, confidence);
        assert.ok(Math.abs(turned.low * high - 1) < 1e-9 && Math.abs(turned.high * low - 1) < 1e-9);
      }),
    );
  });

  it('scales with one side', () => {
    fc.assert(
      fc.property(group, group, (before, after) => {
        const once = estimateRatio(before, after, 0.95);
        const twice = estimateRatio(
          before,
          after.map((value) => value * 2),
          0.95,
        );
        for (const key of ['ratio', 'low', 'high'] as const) assert.equal(twice[key], once[key] * 2);
      }),
    );
  });

  it('has the true ratio as often as it says, however the values are spread', () => {
    const next = random(7);
    let covered = 0;
    const trials = 2000;
    for (let trial = 0; trial < trials; trial++) {
      // Skewed, with a long tail, as latencies are.
      const value = () => 10 + Math.exp(3 * next());
      const before = Array.from({ length: 6 }, value);
      const after = Array.from({ length: 6 }, () => value() * 1.1);
      const { low, high } = estimateRatio(before, after, 0.95);
      if (low <= 1.1 && 1.1 <= high) covered++;
    }
    assert.ok(covered / trials >= 0.95 && covered / trials < 0.985, `${covered / trials}`);
  });

  it('knows nothing from something', () => {
    assert.deepEqual(estimateRatio([0], [0], 0.95).ratio, 1);
    assert.deepEqual(estimateRatio([5], [0], 0.95).ratio, 0);
    assert.deepEqual(estimateRatio([0], [5], 0.95).ratio, Number.POSITIVE_INFINITY);
  });
});
