import { cpus, release } from 'node:os';
import { type Command, Option } from 'commander';
import { Capturer } from '../measure/capturer.ts';
import { joinVlansOnAll } from '../measure/vlans.ts';
import { startCapture } from '../pcap/capture-writer.ts';
import {
  type CaptureFormat,
  type CaptureWriter,
  type CaptureWriterOptions,
  createCapture,
  maxCapturedBytes,
} from '../pcap/index.ts';
import { packageVersion } from '../results/environment.ts';
import { withAssertions } from './assertions.ts';
import { UsageError } from './exit.ts';
import { isStdout } from './files.ts';
import { runTraffic } from './session.ts';
import { stdoutFile } from './stdout-file.ts';
import {
  checkPorts,
  frameFilter,
  type TrafficFlags,
  trafficCommand,
  withFilter,
  withVlans,
} from './traffic-command.ts';
import { integer } from './values.ts';

// The disk is heard of once per turn of the event loop, and in a turn up to 8192 frames of 1.5 KB arrive.
const bufferBytes = 16 * 2 ** 20;

interface CaptureFlags extends TrafficFlags {
  format?: CaptureFormat;
  snapLength: number;
  vlan?: number[];
  filter?: string;
}

/** `pmd-bench capture`. */
export function captureCommand(): Command {
  const command = trafficCommand(
    'capture',
    'write what arrives at each port into a capture file; - is stdout',
    [
      'pmd-bench capture emu:a,peer=flood a.pcapng --duration 5s',
      'pmd-bench capture 0000:01:10.0 0000:01:10.1 both.pcapng --json',
      'pmd-bench capture 0000:01:10.0 a.pcap --snap-length 96 --packets 1000',
      'pmd-bench capture 0000:01:10.0 - | tcpdump -r -',
      "pmd-bench capture 0000:01:10.0 dns.pcapng --filter 'udp port 53'",
    ],
  )
    .usage('[options] <port...> <file>')
    .addOption(
      new Option(
        '--format <format>',
        'with nanoseconds both; pcap has room for one port only; default: pcap for a file named so, or pcapng',
      ).choices(['pcap', 'pcapng']),
    )
    .option(
      '--snap-length <bytes>',
      'most bytes to keep of a frame',
      integer(1, maxCapturedBytes),
      maxCapturedBytes,
    );
  return withAssertions(withFilter(withVlans(command), 'write'), ['minRate']).action(runCapture);
}

async function runCapture(args: string[], flags: CaptureFlags): Promise<void> {
  const addresses = args.slice(0, -1);
  const file = args.at(-1)!;
  if (addresses.length === 0)
    throw new UsageError(`there is a port and no file to write: add one to ${file}`);
  checkPorts(addresses);
  const format = flags.format ?? (/\.pcap$/i.test(file) ? 'pcap' : 'pcapng');
  if (format === 'pcap' && addresses.length > 1) {
    throw new UsageError(`a pcap file has room for one port, and ${addresses.length} are given: use pcapng`);
  }
  const { burst: burstSize, snapLength, vlan: vlans = [], filter: expression } = flags;
  const filter = frameFilter(expression);
  await runTraffic({
    command: 'capture',
    addresses,
    flags,
    options: { file, format, snapLength, vlans, filter: expression ?? null },
    writes: [{ what: 'the capture', path: file }],
    createWork: async (pool, ports) => {
      await joinVlansOnAll(ports, vlans);
      const writer = await openWriter(file, {
        format,
        snapLength,
        bufferBytes,
        interfaces: ports.map(({ address, mac, link }) => ({
          name: address,
          mac,
          speedMbps: link.speedMbps,
        })),
        application: `vfio-pmd ${packageVersion()}`,
        os: `Linux ${release()}`,
        hardware: cpus()[0]?.model.trim() ?? process.arch,
      });
      return new Capturer(pool, ports, writer, burstSize, filter);
    },
  });
}

function openWriter(file: string, options: CaptureWriterOptions): Promise<CaptureWriter> {
  return isStdout(file) ? startCapture('stdout', stdoutFile, options) : createCapture(file, options);
}
