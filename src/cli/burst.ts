import type { Command } from 'commander';
import { BackToBackTrial } from '../measure/back-to-back-trial.ts';
import { BackToBackPlan } from '../trials/back-to-back-plan.ts';
import { runTrials, type TrialFlags, trialCommand, withTrialOptions } from './trial-command.ts';
import { integer, optionWithDefault, parseDuration, parsePercent } from './values.ts';

interface BurstFlags extends TrialFlags {
  /** In milliseconds. */
  longest: number;
  repeat: number;
  width: number;
}

/** `pmd-bench burst`. */
export function burstCommand(): Command {
  const command = trialCommand(
    'burst',
    'search for the longest burst, back to back, that gets from one port to the other without loss (RFC 2544)',
    [
      'pmd-bench burst emu:a emu:a --frame-sizes 64 --longest 20ms --repeat 3',
      'pmd-bench burst 0000:01:10.0 0000:01:10.1 --repeat 50 --json',
    ],
  )
    .addOption(
      optionWithDefault(
        '--longest <time>',
        'of a burst at line rate: the first one that is tried',
        parseDuration,
        '2s',
      ),
    )
    .option(
      '--repeat <n>',
      'searches, of which the average is the result; RFC 2544: 50',
      integer(1, 10_000),
      5,
    )
    .addOption(
      optionWithDefault('--width <percent>', 'between the bounds that are found', parsePercent(0, 50), '1'),
    );
  return withTrialOptions(command).action(runBurst);
}

async function runBurst(addresses: string[], flags: BurstFlags): Promise<void> {
  const { longest, repeat: repeats, width } = flags;
  const longestSeconds = longest / 1000;
  await runTrials(addresses, flags, {
    command: 'burst',
    plan: new BackToBackPlan({ maxSeconds: longestSeconds, width, repeats }),
    trial: BackToBackTrial,
    options: { longestSeconds, repeats, width },
  });
}
