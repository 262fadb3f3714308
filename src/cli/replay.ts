import { statSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Replayer } from '../measure/replayer.ts';
import type { Fraction } from '../pacing/rate.ts';
import type { ReplayTiming } from '../pacing/replay-schedule.ts';
import { type CaptureReader, type CaptureReaderOptions, openCapture, readCapture } from '../pcap/index.ts';
import { UsageError } from './exit.ts';
import { isStdin } from './files.ts';
import { runTraffic } from './session.ts';
import { type TrafficFlags, trafficCommand } from './traffic-command.ts';
import { integer, parsePps } from './values.ts';

// Half of it is read ahead: at 1 Gbit/s that is 16 ms. A file of up to that much is read once, however often it is sent.
const readAheadBytes = 4 * 2 ** 20;

interface ReplayFlags extends TrafficFlags {
  multiply?: number;
  pps?: Fraction;
  flatOut?: true;
  loop: number;
  allowTruncated?: true;
}

/** `pmd-bench replay`. */
export function replayCommand(): Command {
  return trafficCommand(
    'replay',
    "send a capture file's frames from a port, timed as they were captured; - is stdin",
    [
      'pmd-bench replay a.pcapng 0000:01:10.0',
      'pmd-bench replay a.pcap emu:a,peer=flood --multiply 10 --json',
      'pmd-bench replay a.pcapng 0000:01:10.0 --flat-out --loop 0 --duration 10s',
    ],
  )
    .usage('[options] <file> <port>')
    .addOption(
      new Option('--multiply <x>', 'so many times as fast as captured')
        .argParser(parsePositive)
        .conflicts(['pps', 'flatOut']),
    )
    .addOption(
      new Option('--pps <n>', 'so many frames per second, such as 2.5 or 100k')
        .argParser(parsePps)
        .conflicts(['flatOut']),
    )
    .option('--flat-out', 'as fast as they go')
    .option(
      '--loop <n>',
      'send the file so many times; 0: without end',
      integer(0, Number.MAX_SAFE_INTEGER),
      1,
    )
    .option('--allow-truncated', 'read a file that ends amid a frame as one that ends before it')
    .action(runReplay);
}

async function runReplay(args: string[], flags: ReplayFlags): Promise<void> {
  const [file, address, ...rest] = args;
  if (file === undefined || address === undefined || rest.length > 0) {
    throw new UsageError(`give a file and one port: ${args.length} arguments are given`);
  }
  const { burst: burstSize, loop, allowTruncated = false } = flags;
  const timing = timingOf(flags);
  if (loop !== 1 && isPipe(file)) throw new UsageError(`--loop needs a file: ${file} can be read once`);
  const open = () => openReader(file, { allowTruncated, bufferBytes: readAheadBytes });
  const reader = await open(); // a missing file is told before a port is opened
  await runTraffic({
    command: 'replay',
    addresses: [address],
    flags,
    options: { file, timing, loop, allowTruncated },
    reads: [{ what: 'the capture', path: file }],
    createWork: (pool, [port]) =>
      new Replayer(pool, port!, reader, open, {
        timing,
        burstSize,
        packets: flags.packets,
        passes: loop === 0 ? Number.POSITIVE_INFINITY : loop,
      }),
  }).finally(() => reader.close());
}

/** What is at standard input need not have a path that can be opened. */
async function openReader(file: string, options: CaptureReaderOptions): Promise<CaptureReader> {
  if (!isStdin(file)) return await openCapture(file, options);
  return isPipe(file)
    ? readCapture(process.stdin, { ...options, name: 'stdin' })
    : await openCapture('/dev/stdin', { ...options, name: 'stdin' });
}

/** Whether it can't be read twice. What can't be looked at fails when it is opened. */
function isPipe(file: string): boolean {
  const found = statSync(isStdin(file) ? '/dev/stdin' : file, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

function timingOf({ multiply, pps, flatOut }: ReplayFlags): ReplayTiming {
  if (flatOut) return { kind: 'flat-out' };
  if (pps !== undefined) return { kind: 'rate', framesPerSecond: pps };
  return { kind: 'original', multiplier: multiply ?? 1 };
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= 1e9) return value;
  throw new InvalidArgumentError('Use a number above 0, up to 1000000000.');
}
