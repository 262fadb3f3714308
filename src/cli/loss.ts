import { type Command, Option } from 'commander';
import { LoadTrial } from '../measure/load-trial.ts';
import type { Rate } from '../pacing/rate.ts';
import { LossPlan } from '../trials/loss-plan.ts';
import { withAssertions } from './assertions.ts';
import { runTrials, type TrialFlags, trialCommand, withTrialOptions } from './trial-command.ts';
import { optionWithDefault, parseDuration, parseRate, rateForms } from './values.ts';

interface LossFlags extends TrialFlags {
  rates?: Rate[];
  /** In milliseconds. */
  trial: number;
}

// RFC 2544, 26.3: from the line rate down in steps of 10 %, until two trials in a row lose nothing.
const rfc2544Rates = Array.from({ length: 10 }, (_, i) => `${100 - 10 * i}%`).map(parseRate);
const rfc2544Lossless = 2;

/** `pmd-bench loss`. */
export function lossCommand(): Command {
  const command = trialCommand(
    'loss',
    'find what is lost from one port to the other at fixed rates (RFC 2544)',
    [
      'pmd-bench loss emu:a,rate=20k emu:a --rates 10k,20k,30k --frame-sizes 64,imix --trial 500ms',
      'pmd-bench loss 0000:01:10.0 0000:01:10.1 --trial 60s --json',
      'pmd-bench loss 0000:01:10.0 0000:01:10.1 --rates 50%,90% --template udp --flows 1000',
    ],
  )
    .addOption(
      new Option(
        '--rates <list>',
        `a trial at each: ${rateForms}; default: 100%, 90% and so on, until two lose nothing`,
      ).argParser((text) => text.split(',').map(parseRate)),
    )
    .addOption(optionWithDefault('--trial <time>', 'length of a trial', parseDuration, '10s'));
  return withAssertions(withTrialOptions(command), ['maxLoss']).action(runLoss);
}

async function runLoss(addresses: string[], flags: LossFlags): Promise<void> {
  const rates = flags.rates ?? rfc2544Rates;
  const untilLossless = flags.rates === undefined ? rfc2544Lossless : undefined;
  const trialSeconds = flags.trial / 1000;
  await runTrials(addresses, flags, {
    command: 'loss',
    plan: new LossPlan({ rates, durationSeconds: trialSeconds, untilLossless }),
    trial: LoadTrial,
    options: { rates, untilLossless: untilLossless ?? null, trialSeconds },
  });
}
