import { type Command, InvalidArgumentError, Option } from 'commander';
import type { MacAddress } from '../index.ts';
import type { SearchGoal } from '../measure/load-classification.ts';
import type { Fraction } from '../measure/rate.ts';
import type { NamedSizes } from '../measure/sizes.ts';
import { ThroughputPlan } from '../measure/throughput.ts';
import { TrialSeries } from '../measure/trial-series.ts';
import { UsageError } from './exit.ts';
import { runTraffic } from './session.ts';
import { frameSizesOption } from './size-values.ts';
import { checkTwoPorts, type TrafficFlags, trafficCommand } from './traffic-command.ts';
import {
  type FrameFlags,
  frameOptions,
  framesOf,
  withDestination,
  withFrameOptions,
} from './traffic-flags.ts';
import { integer, parseDuration, parsePercent, parsePps } from './values.ts';

interface ThroughputFlags extends TrafficFlags, FrameFlags {
  dst?: MacAddress;
  frameSizes: NamedSizes[];
  maxRate?: Fraction;
  /** In milliseconds, as all times here. */
  trial: number;
  sum: number;
  /** Ratios, as all shares here. */
  loss: number[];
  exceed: number;
  width: number;
  rfc2544?: true;
  settle: number;
  maxTrials: number;
}

/** `pmd-bench throughput`. */
export function throughputCommand(): Command {
  const command = trafficCommand(
    'throughput',
    'search for the most that gets from one port to the other (MLRsearch, RFC 9971)',
    [
      'pmd-bench throughput emu:a,rate=50k emu:a --frame-sizes 64,512,1518 --trial 200ms --sum 600ms',
      'pmd-bench throughput 0000:01:10.0 0000:01:10.1 --loss 0,0.5 --json',
      'pmd-bench throughput 0000:01:10.0 0000:01:10.1 --rfc2544',
      'pmd-bench throughput emu:a,rate=50k emu:a --template udp --flows 256 --frame-sizes 64,imix --trial 200ms --sum 600ms',
    ],
    { rxRing: 4096 },
  )
    .usage('[options] <tx port> <rx port>')
    .addOption(frameSizesOption())
    .option('--max-rate <rate>', 'most frames per second to try, such as 100k; default: line rate', parsePps)
    .option('--trial <time>', 'length of a trial', parseDuration, 1000)
    .option('--sum <time>', 'that trials at a load take together until it is a bound', parseDuration, 5000)
    .option('--loss <list>', 'percent that a good trial may lose: a search goal for each', parseLosses, [0])
    .option('--exceed <percent>', 'of the time that bad trials may take', parsePercent(0, 90), 0.5)
    .option('--width <percent>', 'between the bounds that are found', parsePercent(0.01, 50), 0.005)
    .addOption(
      new Option('--rfc2544', 'one goal, unconditionally: trials of 60 s without any loss').conflicts([
        'trial',
        'sum',
        'loss',
        'exceed',
      ]),
    )
    .option('--settle <time>', 'to wait for frames on their way after a trial', parseDuration, 2000)
    .option('--max-trials <n>', 'for each frame size', integer(1, 1_000_000), 10_000);
  return withFrameOptions(withDestination(command)).action(runThroughput);
}

async function runThroughput(addresses: string[], flags: ThroughputFlags): Promise<void> {
  checkTwoPorts(addresses);
  const { burst: burstSize, dst: destination, frameSizes, settle: settleMs, maxTrials, maxRate } = flags;
  const goals = goalsOf(flags);
  const frames = framesOf(flags, frameSizes);
  const maxLoad = maxRate && Math.floor(maxRate.numerator / maxRate.denominator);
  if (maxLoad === 0) throw new UsageError('--max-rate is below one frame per second');
  await runTraffic({
    command: 'throughput',
    addresses,
    flags,
    options: {
      frameSizes: frameSizes.map(({ name }) => name),
      ...frameOptions(flags),
      destination: destination ?? null,
      goals,
      maxLoad: maxLoad ?? null,
      settleSeconds: settleMs / 1000,
      maxTrials,
    },
    createWork: (pool, ports) =>
      new TrialSeries(pool, ports, new ThroughputPlan({ goals, maxLoad, maxTrials }), {
        frameSizes,
        frames,
        settleMs,
        burstSize,
        destination,
      }),
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
