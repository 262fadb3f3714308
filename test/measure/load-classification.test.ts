import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Trial } from '../../src/results/trial-result.ts';
import { classifyLoad, conditionalThroughput, type LoadClass } from '../../src/trials/load-classification.ts';

const load = 1_000_000;
const times = (count: number, durationSeconds: number, lossPercent: number): Trial[] =>
  Array.from({ length: count }, () => ({ load, durationSeconds, lossRatio: lossPercent / 100 }));

// The example search of RFC 9971, appendix C (as in draft 15): its goals, its trials at six points, and what it says of each. Of its last goal
// it says 'lower' at the last two points, where the ratios that it prints, 43 % and 27 %, exceed that goal's 20 %: its own code says 'upper'.
const goals = {
  rfc2544: { finalTrialSeconds: 60, durationSumSeconds: 60, lossRatio: 0, exceedRatio: 0 },
  tst009: { finalTrialSeconds: 60, durationSumSeconds: 120, lossRatio: 0, exceedRatio: 0.5 },
  oneSecond: { finalTrialSeconds: 1, durationSumSeconds: 120, lossRatio: 0.005, exceedRatio: 0.5 },
  fifth: { finalTrialSeconds: 60, durationSumSeconds: 60, lossRatio: 0.005, exceedRatio: 0.2 },
};
const shortGood = times(1, 1, 0);
const shortBad = times(1, 1, 1);
const first = times(59, 1, 0);
const bads = times(59, 1, 1);
const longBad = times(1, 60, 0.1);
const longGood = times(1, 60, 0);
const points: [name: string, trials: Trial[], classes: [LoadClass, LoadClass, LoadClass, LoadClass]][] = [
  ['first short good', first, ['undecided', 'undecided', 'undecided', 'undecided']],
  ['first short bad', [...first, ...shortBad], ['upper', 'undecided', 'undecided', 'undecided']],
  ['last short bad', [...first, ...shortBad, ...bads], ['upper', 'undecided', 'undecided', 'upper']],
  [
    'last short good',
    [...first, ...shortBad, ...bads, ...shortGood],
    ['upper', 'undecided', 'lower', 'upper'],
  ],
  [
    'first long bad',
    [...first, ...shortBad, ...bads, ...shortGood, ...longBad],
    ['upper', 'undecided', 'lower', 'upper'],
  ],
  [
    'first long good',
    [...first, ...shortBad, ...bads, ...shortGood, ...longBad, ...longGood],
    ['upper', 'lower', 'lower', 'upper'],
  ],
];

const goal = fc.record({
  finalTrialSeconds: fc.constantFrom(0.1, 1, 60),
  durationSumSeconds: fc.constantFrom(0.1, 1, 2, 21, 60, 120),
  lossRatio: fc.constantFrom(0, 0.005, 0.1),
  exceedRatio: fc.constantFrom(0, 0.2, 0.5, 0.9),
});
const trial = fc.record({
  load: fc.constant(load),
  durationSeconds: fc.constantFrom(0.1, 0.5, 1, 30, 60),
  lossRatio: fc.constantFrom(0, 0.001, 0.005, 0.0051, 0.2, 1),
});
const order: LoadClass[] = ['upper', 'undecided', 'lower'];

describe('the classification of a load', () => {
  for (const [name, trials, classes] of points) {
    it(`is that of RFC 9971's example, at its point '${name}'`, () => {
      assert.deepEqual(
        Object.values(goals).map((goal) => classifyLoad(trials, goal)),
        classes,
      );
    });
  }

  it('is monotone in evidence: a good trial never makes a load worse, a bad one never better', () => {
    fc.assert(
      fc.property(goal, fc.array(trial, { maxLength: 40 }), trial, (goal, trials, added) => {
        const before = order.indexOf(classifyLoad(trials, goal));
        const after = order.indexOf(classifyLoad([...trials, added], goal));
        if (added.lossRatio <= goal.lossRatio) assert.ok(after >= before);
        else assert.ok(after <= before);
      }),
      { numRuns: 5000 },
    );
  });

  it('is decided once full-length trials last as long as the goal wants', () => {
    fc.assert(
      fc.property(goal, fc.array(trial, { maxLength: 40 }), (goal, trials) => {
        const full = trials.filter(({ durationSeconds }) => durationSeconds >= goal.finalTrialSeconds);
        const seconds = full.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
        fc.pre(seconds >= goal.durationSumSeconds);
        assert.notEqual(classifyLoad(trials, goal), 'undecided');
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on the order of trials', () => {
    fc.assert(
      fc.property(goal, fc.array(trial, { maxLength: 40 }), (goal, trials) => {
        assert.equal(classifyLoad(trials.toReversed(), goal), classifyLoad(trials, goal));
      }),
    );
  });

  it('of a load without trials is undecided', () => {
    assert.equal(classifyLoad([], goals.rfc2544), 'undecided');
  });
});

describe('conditional throughput', () => {
  const last = points.at(-1)![1];

  it("is that of RFC 9971's example", () => {
    assert.equal(conditionalThroughput(last, goals.tst009, load), load);
    assert.equal(conditionalThroughput(last, goals.oneSecond, load), load);
    assert.equal(conditionalThroughput(last, goals.fifth, load), load * 0.999);
  });

  it('is at most the load, and at least what the goal lets a lower bound lose', () => {
    fc.assert(
      fc.property(goal, fc.array(trial, { minLength: 1, maxLength: 40 }), (goal, trials) => {
        const found = conditionalThroughput(trials, goal, load);
        assert.ok(found >= 0 && found <= load);
        if (classifyLoad(trials, goal) === 'lower') assert.ok(found >= load * (1 - goal.lossRatio) - 1e-6);
      }),
      { numRuns: 2000 },
    );
  });
});
