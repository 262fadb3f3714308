import { Command, InvalidArgumentError, Option } from 'commander';
import type { MacAddress } from '../core/mac.ts';
import { FrameFilter } from '../measure/frame-filter.ts';
import type { AssertionFlags } from './assertions.ts';
import { exitCodesHelp, UsageError } from './exit.ts';
import { addOutputOptions, type OutputFlags } from './result-outputs.ts';
import { collectMac, count, integer, optionWithDefault, parseDuration } from './values.ts';

/** Options of every command that moves frames. */
export interface TrafficFlags extends OutputFlags, AssertionFlags {
  /** In milliseconds. */
  duration?: number;
  packets?: number;
  burst: number;
  rxRing: number;
  txRing: number;
  buffers?: number;
  /** That the polling thread is to run on. */
  cpu?: number;
  /** In milliseconds. */
  interval: number;
  mtu?: number;
  mac?: MacAddress[];
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
    .option('--duration <time>', 'end after 500ms, 5s, 2m, 1h; default: Ctrl-C', parseDuration)
    .option(
      '--packets <n>',
      'end after so many frames in all, such as 1000 or 10k',
      count(Number.MAX_SAFE_INTEGER),
    )
    .option('--burst <n>', 'most frames per call, 1 to 1024', integer(1, 1024), 32)
    .option(
      '--rx-ring <n>',
      'descriptors: a power of two, 32 to 4096',
      integer(32, 4096),
      defaults.rxRing ?? 512,
    )
    .option('--tx-ring <n>', 'descriptors: a power of two, 32 to 4096', integer(32, 4096), 1024)
    .option('--mtu <bytes>', 'of all ports; default: 1500', integer(1, 65_535))
    .option('--mac <mac>', 'of the ports, in their order: repeat it; default: what they have', collectMac)
    .addOption(optionWithDefault('--interval <time>', 'how often rates are shown', parseInterval, '1s'))
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

/** Intervals that are shorter have too few frames for a rate. */
function parseInterval(text: string): number {
  const intervalMs = parseDuration(text);
  if (intervalMs >= 100) return intervalMs;
  throw new InvalidArgumentError('Use 100ms at least.');
}

/** Adds the option of commands whose ports hear of VLANs. */
export function withVlans(command: Command): Command {
  return command.option('--vlan <id>', 'a VLAN to join, 1 to 4094; repeat it', collectVlan);
}

function collectVlan(text: string, previous: number[] = []): number[] {
  return [...previous, integer(1, 4094)(text)];
}

/** Adds the option of commands that look at what arrives. */
export function withFilter(command: Command, verb: string): Command {
  return command.option(
    '--filter <expression>',
    `${verb} only frames that match, in tcpdump's language: 'udp port 53'; needs libpcap`,
  );
}

/** The filter of `--filter`. */
export function frameFilter(expression: string | undefined): FrameFilter | undefined {
  return expression === undefined ? undefined : new FrameFilter(expression);
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
