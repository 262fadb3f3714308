import { type Command, Option } from 'commander';
import type { MacAddress } from '../index.ts';
import { LossPlan } from '../measure/loss.ts';
import type { Rate } from '../measure/rate.ts';
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
import { parseDuration, parseRate, rateForms } from './values.ts';

interface LossFlags extends TrafficFlags, FrameFlags {
  dst?: MacAddress;
  frameSizes: NamedSizes[];
  rates?: Rate[];
  /** In milliseconds. */
  trial: number;
  settle: number;
}

// RFC 2544, 26.3: from the line rate down in steps of 10 %, until two trials in a row lose nothing.
const rfc2544Rates = Array.from({ length: 10 }, (_, i) => `${100 - 10 * i}%`).map(parseRate);
const rfc2544Lossless = 2;

/** `pmd-bench loss`. */
export function lossCommand(): Command {
  const command = trafficCommand(
    'loss',
    'find what is lost from one port to the other at fixed rates (RFC 2544)',
    [
      'pmd-bench loss emu:a,rate=20k emu:a --rates 10k,20k,30k --frame-sizes 64,imix --trial 500ms',
      'pmd-bench loss 0000:01:10.0 0000:01:10.1 --trial 60s --json',
      'pmd-bench loss 0000:01:10.0 0000:01:10.1 --rates 50%,90% --template udp --flows 1000',
    ],
    { rxRing: 4096 },
  )
    .usage('[options] <tx port> <rx port>')
    .addOption(frameSizesOption())
    .addOption(
      new Option(
        '--rates <list>',
        `a trial at each: ${rateForms}; default: 100%, 90% and so on, until two lose nothing`,
      ).argParser((text) => text.split(',').map(parseRate)),
    )
    .option('--trial <time>', 'length of a trial', parseDuration, 10_000)
    .option('--settle <time>', 'to wait for frames on their way after a trial', parseDuration, 2000);
  return withFrameOptions(withDestination(command)).action(runLoss);
}

async function runLoss(addresses: string[], flags: LossFlags): Promise<void> {
  checkTwoPorts(addresses);
  const { burst: burstSize, dst: destination, frameSizes, settle: settleMs, trial } = flags;
  const frames = framesOf(flags, frameSizes);
  const rates = flags.rates ?? rfc2544Rates;
  const untilLossless = flags.rates === undefined ? rfc2544Lossless : undefined;
  const plan = new LossPlan({ rates, durationSeconds: trial / 1000, untilLossless });
  await runTraffic({
    command: 'loss',
    addresses,
    flags,
    options: {
      frameSizes: frameSizes.map(({ name }) => name),
      ...frameOptions(flags),
      destination: destination ?? null,
      rates,
      untilLossless: untilLossless ?? null,
      trialSeconds: trial / 1000,
      settleSeconds: settleMs / 1000,
    },
    createWork: (pool, ports) =>
      new TrialSeries(pool, ports, plan, { frameSizes, frames, settleMs, burstSize, destination }),
  });
}
