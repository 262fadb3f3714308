import type { GoalResult, Irregularity, SearchGoal } from '../results/throughput-result.ts';
import type { Trial } from '../results/trial-result.ts';
import { classifyLoad, conditionalThroughput, type LoadClass } from './load-classification.ts';
import type { PlannedTrial } from './trial-plan.ts';

/** What to search for, and where: loads are whole frames per second. */
export interface SearchConfig {
  goals: readonly SearchGoal[];
  minLoad: number;
  maxLoad: number;
  /** The search gives up after so many: noise could have it go on for ever. */
  maxTrials: number;
}

interface Bounds {
  lower: number | undefined;
  upper: number | undefined;
}

/**
 * MLRsearch (RFC 9971) as a function of the trials so far: which one is next, or undefined when every goal has what it needs. It
 * keeps no state and knows no clock.
 *
 * Goals are pursued one after the other, each by way of coarser ones with shorter trials; every trial counts for all of them.
 */
export function nextTrial(config: SearchConfig, trials: readonly Trial[]): PlannedTrial | undefined {
  if (trials.length >= config.maxTrials) return undefined;
  const byLoad = groupByLoad(trials);
  for (const goal of config.goals) {
    for (const target of targetsOf(goal)) {
      const load = nextLoad(config, target, byLoad);
      if (load !== undefined) return { load, durationSeconds: target.finalTrialSeconds };
    }
  }
  return undefined;
}

/** What the trials say of each goal, in the goals' order; at any time. */
export function searchResults(config: SearchConfig, trials: readonly Trial[]): GoalResult[] {
  const byLoad = groupByLoad(trials);
  return config.goals.map((goal) => {
    const { lower, upper } = boundsOf(byLoad, goal);
    return {
      goal,
      relevantLowerBound: lower ?? null,
      relevantUpperBound: upper ?? null,
      conditionalThroughput:
        lower === undefined ? null : conditionalThroughput(byLoad.get(lower)!, goal, lower),
      irregular: irregularity(config, goal, { lower, upper }),
    };
  });
}

function irregularity(
  { minLoad, maxLoad }: SearchConfig,
  goal: SearchGoal,
  bounds: Bounds,
): Irregularity | null {
  const { lower, upper } = bounds;
  if (lower === maxLoad) return 'the maximum load is a lower bound';
  if (upper === minLoad) return 'the minimum load is an upper bound';
  return isNarrow(bounds, goal) ? null : 'the search ended early';
}

/** The goal itself last; before it the same with trials of a fraction of the length, and bounds that are wider. */
function targetsOf(goal: SearchGoal): SearchGoal[] {
  const targets = [goal];
  const initial = goal.initialTrialSeconds ?? goal.finalTrialSeconds;
  let { finalTrialSeconds, width } = goal;
  while (finalTrialSeconds > initial) {
    finalTrialSeconds = Math.max(initial, finalTrialSeconds / coarser);
    width = Math.min(0.5, width * 2);
    targets.unshift({ ...goal, finalTrialSeconds, durationSumSeconds: finalTrialSeconds, width });
  }
  return targets;
}

const coarser = 4;

function nextLoad(
  config: SearchConfig,
  target: SearchGoal,
  byLoad: ReadonlyMap<number, Trial[]>,
): number | undefined {
  const { minLoad, maxLoad } = config;
  const bounds = boundsOf(byLoad, target);
  const { lower, upper } = bounds;
  if (lower === maxLoad || upper === minLoad || isNarrow(bounds, target)) return undefined;
  const begun = undecidedWithin(byLoad, target, bounds);
  if (begun !== undefined) return begun;
  if (upper === undefined) return maxLoad;
  if (lower === undefined) return Math.max(minLoad, below(upper, target, byLoad));
  return between(lower, upper, target, byLoad);
}

/**
 * A load that has trials and is not decided yet is gone on with. Of several, the most that lost too little to matter comes first: it is
 * likely the coarser target's lower bound, and decides more than its upper one.
 */
function undecidedWithin(
  byLoad: ReadonlyMap<number, Trial[]>,
  target: SearchGoal,
  { lower = 0, upper = Number.POSITIVE_INFINITY }: Bounds,
): number | undefined {
  let promising: number | undefined;
  let doubtful: number | undefined;
  for (const [load, trials] of byLoad) {
    if (load <= lower || load >= upper || classifyLoad(trials, target) !== 'undecided') continue;
    const good = trials.every(({ lossRatio }) => lossRatio <= target.lossRatio);
    if (good && load > (promising ?? 0)) promising = load;
    if (!good && load < (doubtful ?? Number.POSITIVE_INFINITY)) doubtful = load;
  }
  return promising ?? doubtful;
}

/** Where a lower bound may be: what got through at the upper one, or a width below it, or, when that misled, ever farther. */
function below(upper: number, target: SearchGoal, byLoad: ReadonlyMap<number, Trial[]>): number {
  const leastLoss = Math.min(...byLoad.get(upper)!.map(({ lossRatio }) => lossRatio));
  const forwarded = upper * (1 - leastLoss) * (1 - target.width / 4);
  const uppers = countOf('upper', target, byLoad);
  const step = Math.min(0.5, target.width * 0.9 * 2 ** Math.max(0, uppers - 2));
  return Math.floor(Math.min(forwarded, upper * (1 - step), upper - 1));
}

/**
 * In the middle as ratios go, which is where half of the remaining width is; but no farther from the lower bound than a width, and four
 * times that for each lower bound that turned out too low: the first one is a good guess, where the first upper one is the maximum.
 */
function between(
  lower: number,
  upper: number,
  target: SearchGoal,
  byLoad: ReadonlyMap<number, Trial[]>,
): number {
  const step = Math.min(0.5, target.width * 0.9 * 4 ** (countOf('lower', target, byLoad) - 1));
  const load = Math.min(Math.sqrt(lower * upper), lower / (1 - step));
  return Math.min(upper - 1, Math.max(lower + 1, Math.round(load)));
}

function countOf(kind: LoadClass, target: SearchGoal, byLoad: ReadonlyMap<number, Trial[]>): number {
  return [...byLoad].filter(([, trials]) => classifyLoad(trials, target) === kind).length;
}

function isNarrow({ lower, upper }: Bounds, { width }: SearchGoal): boolean {
  return lower !== undefined && upper !== undefined && upper - lower <= Math.max(1, upper * width);
}

function boundsOf(byLoad: ReadonlyMap<number, Trial[]>, goal: SearchGoal): Bounds {
  const classes: [number, LoadClass][] = [...byLoad].map(([load, trials]) => [
    load,
    classifyLoad(trials, goal),
  ]);
  const uppers = classes.filter(([, kind]) => kind === 'upper').map(([load]) => load);
  const upper = uppers.length === 0 ? undefined : Math.min(...uppers);
  const lowers = classes
    .filter(([load, kind]) => kind === 'lower' && load < (upper ?? Number.POSITIVE_INFINITY))
    .map(([load]) => load);
  return { lower: lowers.length === 0 ? undefined : Math.max(...lowers), upper };
}

function groupByLoad(trials: readonly Trial[]): Map<number, Trial[]> {
  const byLoad = new Map<number, Trial[]>();
  for (const trial of trials) {
    const group = byLoad.get(trial.load);
    if (group === undefined) byLoad.set(trial.load, [trial]);
    else group.push(trial);
  }
  return byLoad;
}
