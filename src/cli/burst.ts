import type { Command } from 'commander';
import type { MacAddress } from '../index.ts';
import { BurstPlan } from '../measure/burst.ts';
import type { NamedSizes } from '../measure/sizes.ts';
import { TrialSeries } from '../measure/trial-series.ts';
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
import { integer, parseDuration, parsePercent } from './values.ts';

interface BurstFlags extends TrafficFlags, FrameFlags {
  dst?: MacAddress;
  frameSizes: NamedSizes[];
  /** In milliseconds, as all times here. */
  longest: number;
  repeat: number;
  width: number;
  settle: number;
}

/** `pmd-bench burst`. */
export function burstCommand(): Command {
  const command = trafficCommand(
    'burst',
    'search for the longest burst, back to back, that gets from one port to the other without loss (RFC 2544)',
    [
      'pmd-bench burst emu:a emu:a --frame-sizes 64 --longest 20ms --repeat 3',
      'pmd-bench burst 0000:01:10.0 0000:01:10.1 --repeat 50 --json',
    ],
    { rxRing: 4096 },
  )
    .usage('[options] <tx port> <rx port>')
    .addOption(frameSizesOption())
    .option('--longest <time>', 'of a burst at line rate: the first one that is tried', parseDuration, 2000)
    .option(
      '--repeat <n>',
      'searches, of which the average is the result; RFC 2544: 50',
      integer(1, 10_000),
      5,
    )
    .option('--width <percent>', 'between the bounds that are found', parsePercent(0, 50), 0.01)
    .option('--settle <time>', 'to wait for frames on their way after a burst', parseDuration, 2000);
  return withFrameOptions(withDestination(command)).action(runBurst);
}

async function runBurst(addresses: string[], flags: BurstFlags): Promise<void> {
  checkTwoPorts(addresses);
  const {
    burst: burstSize,
    dst: destination,
    frameSizes,
    settle: settleMs,
    longest,
    repeat: repeats,
    width,
  } = flags;
  const frames = framesOf(flags, frameSizes);
  const plan = new BurstPlan({ maxSeconds: longest / 1000, width, repeats });
  await runTraffic({
    command: 'burst',
    addresses,
    flags,
    options: {
      frameSizes: frameSizes.map(({ name }) => name),
      ...frameOptions(flags),
      destination: destination ?? null,
      longestSeconds: longest / 1000,
      repeats,
      width,
      settleSeconds: settleMs / 1000,
    },
    createWork: (pool, ports) =>
      new TrialSeries(pool, ports, plan, { frameSizes, frames, settleMs, burstSize, destination }),
  });
}
