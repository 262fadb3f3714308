import type { Command } from 'commander';
import type { MacAddress } from '../core/mac.ts';
import { type TrialMethod, TrialSeries } from '../measure/trial-series.ts';
import { joinVlans, vlansOf } from '../measure/vlans.ts';
import type { NamedSizes } from '../traffic/sizes.ts';
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
import { optionWithDefault, parseDuration } from './values.ts';

/** Of the commands that make trials, from one port to the other, for one frame size after the other. */
export interface TrialFlags extends TrafficFlags, FrameFlags {
  dst?: MacAddress;
  frameSizes: NamedSizes[];
  /** In milliseconds. */
  settle: number;
}

/** Such a command, to which options of its own and then {@link withTrialOptions} are added. */
export function trialCommand(name: string, summary: string, examples: string[]): Command {
  return trafficCommand(name, summary, examples, { rxRing: 4096 })
    .usage('[options] <tx port> <rx port>')
    .addOption(frameSizesOption());
}

export function withTrialOptions(command: Command): Command {
  const settle = command.addOption(
    optionWithDefault(
      '--settle <time>',
      'to wait for frames on their way after a trial',
      parseDuration,
      '2s',
    ),
  );
  return withFrameOptions(withDestination(settle));
}

export interface Trials<Next, Result> extends TrialMethod<Next, Result> {
  command: string;
  /** What the plan was made of, for the result. */
  options: Record<string, unknown>;
}

export async function runTrials<Next, Result>(
  addresses: string[],
  flags: TrialFlags,
  { command, options, ...method }: Trials<Next, Result>,
): Promise<void> {
  checkTwoPorts(addresses);
  const { burst: burstSize, dst: destination, frameSizes, settle: settleMs } = flags;
  const frames = framesOf(flags, frameSizes);
  await runTraffic({
    command,
    addresses,
    flags,
    options: {
      frameSizes: frameSizes.map(({ name }) => name),
      ...frameOptions(flags),
      destination: destination ?? null,
      ...options,
      settleSeconds: settleMs / 1000,
    },
    createWork: async (pool, ports) => {
      await joinVlans(ports[1]!, vlansOf(frames.fields));
      return new TrialSeries(pool, ports, method, { frameSizes, frames, settleMs, burstSize, destination });
    },
  });
}
