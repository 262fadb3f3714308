import { type Command, InvalidArgumentError, Option } from 'commander';
import { LoadTrial } from '../measure/load-trial.ts';
import type { Fraction } from '../pacing/rate.ts';
import type { SearchGoal } from '../results/throughput-result.ts';
import { ThroughputPlan } from '../trials/throughput-plan.ts';
import { withAssertions } from './assertions.ts';
import { UsageError } from './exit.ts';
import { runTrials, type TrialFlags, trialCommand, withTrialOptions } from './trial-command.ts';
import { integer, optionWithDefault, parseDuration, parsePercent, parsePps } from './values.ts';

interface ThroughputFlags extends TrialFlags {
  maxRate?: Fraction;
  /** In milliseconds, as `sum`. */
  trial: number;
  sum: number;
  /** Ratios, as all shares here. */
  loss: number[];
  exceed: number;
  width: number;
  rfc2544?: true;
  maxTrials: number;
}

/** `pmd-bench throughput`. */
export function throughputCommand(): Command {
  const command = trialCommand(
    'throughput',
    'search for the most that gets from one port to the other (MLRsearch, RFC 9971)',
    [
      'pmd-bench throughput emu:a,rate=50k emu:a --frame-sizes 64,512,1518 --trial 200ms --sum 600ms',
      'pmd-bench throughput 0000:01:10.0 0000:01:10.1 --loss 0,0.5 --json',
      'pmd-bench throughput 0000:01:10.0 0000:01:10.1 --rfc2544',
      'pmd-bench throughput emu:a,rate=50k emu:a --template udp --flows 256 --frame-sizes 64,imix --trial 200ms --sum 600ms',
    ],
  )
    .option('--max-rate <rate>', 'most frames per second to try, such as 100k; default: line rate', parsePps)
    .addOption(optionWithDefault('--trial <time>', 'length of a trial', parseDuration, '1s'))
    .addOption(
      optionWithDefault(
        '--sum <time>',
        'that trials at a load last together until it is a bound',
        parseDuration,
        '5s',
      ),
    )
    .addOption(
      optionWithDefault(
        '--loss <list>',
        'percent that a good trial may lose: a search goal for each',
        parseLosses,
        '0',
      ),
    )
    .addOption(
      optionWithDefault(
        '--exceed <percent>',
        'of the time that bad trials may have',
        parsePercent(0, 90),
        '50',
      ),
    )
    .addOption(
      optionWithDefault(
        '--width <percent>',
        'between the bounds that are found',
        parsePercent(0.01, 50),
        '0.5',
      ),
    )
    .addOption(
      new Option('--rfc2544', 'one goal, unconditionally: trials of 60 s without any loss').conflicts([
        'trial',
        'sum',
        'loss',
        'exceed',
      ]),
    )
    .option('--max-trials <n>', 'for each frame size', integer(1, 1_000_000), 10_000);
  return withAssertions(withTrialOptions(command), ['minRate']).action(runThroughput);
}

async function runThroughput(addresses: string[], flags: ThroughputFlags): Promise<void> {
  const { maxTrials, maxRate } = flags;
  const goals = goalsOf(flags);
  const maxLoad = maxRate && Math.floor(maxRate.numerator / maxRate.denominator);
  if (maxLoad === 0) throw new UsageError('--max-rate is below one frame per second');
  await runTrials(addresses, flags, {
    command: 'throughput',
    plan: new ThroughputPlan({ goals, maxLoad, maxTrials }),
    trial: LoadTrial,
    options: { goals, maxLoad: maxLoad ?? null, maxTrials },
  });
}

function goalsOf({ trial, sum, loss, exceed, width, rfc2544 }: ThroughputFlags): SearchGoal[] {
  if (rfc2544) {
    const lossless = { finalTrialSeconds: 60, durationSumSeconds: 60, lossRatio: 0, exceedRatio: 0 };
    return [{ name: 'RFC 2544', ...lossless, width, initialTrialSeconds: 1 }];
  }
  return loss.map((lossRatio) => ({
    name: lossRatio === 0 ? 'no loss' : `${lossRatio * 100} % loss`,
    finalTrialSeconds: trial / 1000,
    durationSumSeconds: Math.max(trial, sum) / 1000,
    lossRatio,
    exceedRatio: exceed,
    width,
  }));
}

function parseLosses(text: string): number[] {
  return unique(text.split(',').map((loss) => parsePercent(0, 50)(loss)));
}

function unique(values: number[]): number[] {
  if (new Set(values).size === values.length) return values;
  throw new InvalidArgumentError('Name each value once.');
}
