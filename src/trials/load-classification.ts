import type { SearchGoal } from '../results/throughput-result.ts';
import type { Trial } from '../results/trial-result.ts';

export type LoadClass = 'lower' | 'upper' | 'undecided';

type Criteria = Pick<SearchGoal, 'finalTrialSeconds' | 'durationSumSeconds' | 'lossRatio' | 'exceedRatio'>;

interface Sums {
  fullLow: number;
  fullHigh: number;
  shortLow: number;
  shortHigh: number;
}

// Durations such as 0.1 do not add up to whole seconds.
const roundingSeconds = 1e-9;

/**
 * What the trials of one load make it: a lower bound when even the worst that missing trials could show would leave it one,
 * an upper bound when the best could not; RFC 9971, appendix A.
 */
export function classifyLoad(trials: readonly Trial[], goal: Criteria): LoadClass {
  const { fullLow, fullHigh, shortLow, shortHigh } = sumUp(trials, goal);
  const balancing = (shortLow * goal.exceedRatio) / (1 - goal.exceedRatio);
  const effectiveHigh = fullHigh + Math.max(0, shortHigh - balancing);
  const whole = Math.max(fullLow + effectiveHigh, goal.durationSumSeconds);
  const tolerated = whole * goal.exceedRatio + roundingSeconds;
  if (whole - fullLow <= tolerated) return 'lower';
  return effectiveHigh > tolerated ? 'upper' : 'undecided';
}

function sumUp(trials: readonly Trial[], goal: Criteria): Sums {
  const sums: Sums = { fullLow: 0, fullHigh: 0, shortLow: 0, shortHigh: 0 };
  for (const { durationSeconds, lossRatio } of trials) {
    const length = durationSeconds >= goal.finalTrialSeconds ? 'full' : 'short';
    sums[`${length}${lossRatio > goal.lossRatio ? 'High' : 'Low'}`] += durationSeconds;
  }
  return sums;
}

/**
 * The rate at which a load is typically forwarded: that of the trial that only as much time as the goal tolerates was worse than;
 * RFC 9971, appendix B.
 */
export function conditionalThroughput(trials: readonly Trial[], goal: Criteria, load: number): number {
  const full = trials
    .filter(({ durationSeconds }) => durationSeconds >= goal.finalTrialSeconds)
    .sort((a, b) => a.lossRatio - b.lossRatio);
  const fullSeconds = full.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  let remaining = Math.max(goal.durationSumSeconds, fullSeconds) * (1 - goal.exceedRatio);
  let lossRatio = 1;
  for (const trial of full) {
    if (remaining <= roundingSeconds) break;
    lossRatio = trial.lossRatio;
    remaining -= trial.durationSeconds;
  }
  return load * (1 - (remaining > roundingSeconds ? 1 : lossRatio));
}
