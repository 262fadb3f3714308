import { Command, Option } from 'commander';
import { exitCodesHelp, UsageError } from './exit.ts';
import { addOutputOptions, type OutputFlags } from './result-outputs.ts';
import { integer, parseDuration } from './values.ts';

/** Options of every command that moves frames. */
export interface TrafficFlags extends OutputFlags {
  /** In milliseconds. */
  duration?: number;
  packets?: number;
  burst: number;
  rxRing: number;
  txRing: number;
  buffers?: number;
  /** That the polling thread is to run on. */
  cpu?: number;
}

/** A command over ports, with the options that all of them have. */
export function trafficCommand(
  name: string,
  description: string,
  examples: readonly string[],
  defaults: { rxRing?: number } = {},
): Command {
  const command = new Command(name)
    .description(description)
    .argument('<port...>', "addresses of the ports, as in 'pmd-bench --help'")
    .option('--duration <time>', 'end after 500ms, 5s, 2m; default: Ctrl-C', parseDuration)
    .option('--packets <n>', 'end after so many frames in all', integer(1, Number.MAX_SAFE_INTEGER))
    .option('--burst <n>', 'most frames per call, 1 to 1024', integer(1, 1024), 32)
    .option(
      '--rx-ring <n>',
      'descriptors: a power of two, 32 to 4096',
      integer(32, 4096),
      defaults.rxRing ?? 512,
    )
    .option('--tx-ring <n>', 'descriptors: a power of two, 32 to 4096', integer(32, 4096), 1024)
    .option('--cpu <n>', 'the one CPU that the polling thread is to run on', integer(0, 8191))
    .addOption(
      new Option('--buffers <n>', 'of the pool that the ports share; default: what they need').argParser(
        integer(64, 1 << 20),
      ),
    );
  return addOutputOptions(command).addHelpText(
    'after',
    `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}\n\n${exitCodesHelp}`,
  );
}

/** Refuses a port that is given twice. */
export function checkPorts(addresses: readonly string[]): void {
  const twice = addresses.find((address, i) => addresses.indexOf(address) !== i);
  if (twice !== undefined) throw new UsageError(`the port ${twice} is given twice: name each port once`);
}

/** Refuses anything but a port where frames go in, and one where they come out. */
export function checkTwoPorts(addresses: readonly string[]): void {
  if (addresses.length === 2) return;
  throw new UsageError(
    `give two ports, where frames go in and where they come out: ${addresses.length} given`,
  );
}
