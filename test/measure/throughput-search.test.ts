import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { GoalResult, SearchGoal } from '../../src/results/throughput-result.ts';
import type { Trial } from '../../src/results/trial-result.ts';
import { nextTrial, type SearchConfig, searchResults } from '../../src/trials/throughput-search.ts';
import type { PlannedTrial } from '../../src/trials/trial-plan.ts';

const rfc2544: SearchGoal = {
  name: 'RFC 2544',
  finalTrialSeconds: 60,
  durationSumSeconds: 60,
  lossRatio: 0,
  exceedRatio: 0,
  width: 0.005,
  initialTrialSeconds: 1,
};
const ndr: SearchGoal = {
  name: 'NDR',
  finalTrialSeconds: 1,
  durationSumSeconds: 21,
  lossRatio: 0,
  exceedRatio: 0.5,
  width: 0.005,
};
const pdr: SearchGoal = { ...ndr, name: 'PDR', lossRatio: 0.005 };

type Device = (trial: PlannedTrial) => number;

/** A device that forwards so many frames per second, whatever comes. */
const capacity =
  (framesPerSecond: number): Device =>
  ({ load }) =>
    Math.max(0, 1 - framesPerSecond / load);

/** Numbers from 0 to 1 that look random, the same for the same seed (Park and Miller's generator). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

interface Outcome {
  trials: Trial[];
  results: GoalResult[];
}

/** Runs a search to its end, in no time. */
function search(config: SearchConfig, lossRatioOf: Device): Outcome {
  const trials: Trial[] = [];
  for (let next = nextTrial(config, trials); next !== undefined; next = nextTrial(config, trials)) {
    trials.push({ ...next, lossRatio: lossRatioOf(next) });
  }
  return { trials, results: searchResults(config, trials) };
}

const config = (goals: readonly SearchGoal[], maxLoad = 1_488_095): SearchConfig => ({
  goals,
  minLoad: 100,
  maxLoad,
  maxTrials: 10_000,
});

describe('the throughput search', () => {
  const goalSets = fc.constantFrom([rfc2544], [ndr], [pdr], [ndr, pdr], [pdr, ndr, rfc2544]);
  const capacities = fc.integer({ min: 1000, max: 1_488_000 });

  it('finds a known capacity within 0.5 % for each goal, from below', () => {
    fc.assert(
      fc.property(goalSets, capacities, (goals, framesPerSecond) => {
        for (const result of search(config(goals), capacity(framesPerSecond)).results) {
          const { goal, relevantLowerBound: lower, relevantUpperBound: upper, irregular } = result;
          const threshold = framesPerSecond / (1 - goal.lossRatio);
          if (threshold >= 1_488_095) {
            assert.equal(irregular, 'the maximum load is a lower bound');
            continue;
          }
          assert.equal(irregular, null);
          assert.ok(lower! <= threshold && upper! > threshold, `${lower} to ${upper} for ${threshold}`);
          assert.ok(threshold - lower! <= threshold * 0.005 + 1, `${lower} for ${threshold}`);
          assert.ok(result.conditionalThroughput! <= framesPerSecond + 1e-6);
          assert.ok(result.conditionalThroughput! >= framesPerSecond * 0.989 - 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes few trials of the final length', () => {
    fc.assert(
      fc.property(capacities, (framesPerSecond) => {
        const { trials } = search(config([rfc2544]), capacity(framesPerSecond));
        const long = trials.filter(({ durationSeconds }) => durationSeconds === 60).length;
        assert.ok(long <= 4, `${long} of a minute`);
        assert.ok(trials.length <= 15, `${trials.length} in all`);
      }),
      { numRuns: 500 },
    );
  });

  it('flags a device that is faster than what was tried, or slower', () => {
    const fast = search(config([ndr]), () => 0).results[0]!;
    assert.equal(fast.irregular, 'the maximum load is a lower bound');
    assert.deepEqual([fast.relevantLowerBound, fast.relevantUpperBound], [1_488_095, null]);
    const slow = search(config([ndr]), () => 1).results[0]!;
    assert.equal(slow.irregular, 'the minimum load is an upper bound');
    assert.deepEqual(
      [slow.relevantLowerBound, slow.relevantUpperBound, slow.conditionalThroughput],
      [null, 100, null],
    );
  });

  it('flags a search that was ended before it was done, at any time', () => {
    const all = search(config([ndr]), capacity(300_000)).trials;
    for (let count = 0; count < all.length; count++) {
      const [result] = searchResults(config([ndr]), all.slice(0, count));
      assert.equal(result!.irregular, 'the search ended early', `after ${count}`);
    }
  });

  it('terminates with any losses at all, by itself or at its most trials, and its bounds never cross', () => {
    const losses = fc.infiniteStream(fc.constantFrom(0, 0, 0.001, 0.01, 0.5, 1));
    fc.assert(
      fc.property(goalSets, losses, fc.integer({ min: 1, max: 300 }), (goals, losses, maxTrials) => {
        const { trials, results } = search({ ...config(goals), maxTrials }, () => losses.next().value ?? 0);
        assert.ok(trials.length <= maxTrials);
        for (const { relevantLowerBound: lower, relevantUpperBound: upper, irregular } of results) {
          if (lower !== null && upper !== null) assert.ok(lower < upper);
          if (trials.length < maxTrials && lower === null) assert.notEqual(irregular, null);
        }
        for (const { load } of trials)
          assert.ok(Number.isSafeInteger(load) && load >= 100 && load <= 1_488_095);
      }),
      { numRuns: 300 },
    );
  });

  it('needs no limit when losses grow with the load, however crookedly', () => {
    const steps = fc.array(
      fc.record({ load: capacities, loss: fc.double({ min: 0, max: 0.1, noNaN: true }) }),
      {
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(goalSets, steps, (goals, steps) => {
        const device: Device = ({ load }) =>
          Math.min(
            1,
            steps.reduce((sum, step) => sum + (load >= step.load ? step.loss : 0), 0),
          );
        const { trials, results } = search(config(goals), device);
        assert.ok(trials.length < 1000, `${trials.length}`);
        for (const { irregular } of results) assert.notEqual(irregular, 'the search ended early');
      }),
      { numRuns: 300 },
    );
  });

  it('sees past transient losses when the goal tolerates them, as RFC 2544 does not', () => {
    fc.assert(
      fc.property(capacities, fc.integer({ min: 1, max: 2 ** 31 - 2 }), (framesPerSecond, seed) => {
        const random = generator(seed);
        const noisy: Device = (trial) => {
          const lossRatio = capacity(framesPerSecond)(trial);
          return random() < 0.1 ? Math.max(1e-4, lossRatio) : lossRatio;
        };
        const { results } = search(config([ndr]), noisy);
        const { relevantLowerBound: lower } = results[0]!;
        assert.ok(framesPerSecond - lower! <= framesPerSecond * 0.005 + 1, `${lower} for ${framesPerSecond}`);
        assert.ok(lower! <= framesPerSecond);
      }),
      { numRuns: 200 },
    );
  });

  it('is a function of the trials: it says the same again, and leaves them as they are', () => {
    const trials = search(config([ndr, pdr]), capacity(123_456)).trials;
    const frozen = Object.freeze(trials.map((trial) => Object.freeze(trial)));
    for (let count = 0; count <= frozen.length; count++) {
      const known = Object.freeze(frozen.slice(0, count));
      assert.deepEqual(nextTrial(config([ndr, pdr]), known), nextTrial(config([ndr, pdr]), known));
    }
  });

  it('works on whole frames per second, down to one', () => {
    const { results } = search({ ...config([ndr], 20), minLoad: 1 }, capacity(7.5));
    assert.deepEqual([results[0]!.relevantLowerBound, results[0]!.relevantUpperBound], [7, 8]);
  });
});
