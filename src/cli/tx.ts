import { type Command, Option } from 'commander';
import { TxRequest } from '../core/layout.ts';
import type { MacAddress } from '../core/mac.ts';
import { type FrameRequests, Generator } from '../measure/generator.ts';
import { limitTx } from '../measure/tx-limit.ts';
import { headerBytes } from '../net/ethernet.ts';
import type { Rate } from '../pacing/rate.ts';
import type { TemplateName } from '../traffic/header.ts';
import type { Sizes } from '../traffic/sizes.ts';
import { withAssertions } from './assertions.ts';
import { UsageError } from './exit.ts';
import { runTraffic } from './session.ts';
import { parseSizes, sizeForms } from './size-values.ts';
import { checkPorts, type TrafficFlags, trafficCommand } from './traffic-command.ts';
import { type FrameFlags, frameOptions, framesOf, withFrameOptions } from './traffic-flags.ts';
import { collectMac, integer, optionWithDefault, parseRate, rateForms } from './values.ts';

interface TxFlags extends TrafficFlags, FrameFlags {
  size: Sizes;
  dst?: MacAddress[];
  rate?: Rate;
  txRate?: Rate;
  checksumOffload?: true;
  segmentSize?: number;
  insertVlan?: number;
}

/** What the port gets without --mtu. */
const usualMtu = 1500;

const both = TxRequest.ipChecksum | TxRequest.l4Checksum;
/** The checksums that frames of each template have, as they are requested. */
const checksumsOf: Record<TemplateName, number> = {
  ...{ ethernet: 0, ipv6: 0, ipv4: TxRequest.ipChecksum },
  ...{ udp: both, tcp: both, udp6: TxRequest.l4Checksum, tcp6: TxRequest.l4Checksum },
};

/** `pmd-bench tx`. */
export function txCommand(): Command {
  const command = trafficCommand('tx', 'send frames from each port: at a rate, or as fast as they go', [
    'pmd-bench tx emu:a,peer=flood --duration 5s --size 64-1518',
    'pmd-bench tx 0000:01:10.0 --rate 100k --duration 10s --json',
    'pmd-bench tx 0000:01:10.0 --template udp --size imix --rate 50% --dst 02:00:00:00:00:02',
    'pmd-bench tx emu:a,peer=flood --template udp --flows 1000 --set src-ip=random:10.0.0.1-10.0.255.254',
    'pmd-bench tx emu:a,peer=flood --mtu 9216 --template tcp --size 9234 --checksum-offload --segment-size 1448 --duration 2s',
    'pmd-bench tx emu:a,peer=flood --template tcp6 --size 82 --vlan 100 --set dst-port=80 --packets 1000000',
  ])
    .addOption(optionWithDefault('--size <bytes>', `of frames: ${sizeForms}`, parseSizes, '64'))
    .option(
      '--dst <mac>',
      'where frames go; repeat it for each port; default: 02:00:00:00:00:00, …:01, nobody',
      collectMac,
    )
    .option('--rate <rate>', `of each port: ${rateForms}; default: as fast as they go`, parseRate)
    .addOption(
      new Option(
        '--tx-rate <rate>',
        'what each port sends at most, by a limit of its queue; written as --rate',
      )
        .argParser(parseRate)
        .conflicts('rate'),
    )
    .option('--checksum-offload', 'leave the checksums of frames to the port: the device, where it can')
    .option(
      '--segment-size <bytes>',
      'have the port cut frames of TCP into segments of so much payload',
      integer(1, 9216),
    )
    .option('--insert-vlan <id>', 'have the port insert a tag: 0 to 4095', integer(0, 4095));
  return withAssertions(withFrameOptions(command), ['minRate', 'maxLoss']).action(runTx);
}

/** What the options have frames request; nothing without one. */
function requestsOf({
  template,
  checksumOffload,
  segmentSize = 0,
  insertVlan,
}: TxFlags): FrameRequests | undefined {
  const checksums = checksumsOf[template];
  if (checksumOffload && checksums === 0)
    throw new UsageError(`frames of template '${template}' have no checksums: use --template udp`);
  if (segmentSize > 0 && template !== 'tcp' && template !== 'tcp6')
    throw new UsageError('only frames of TCP are cut: add --template tcp');
  const tag = insertVlan === undefined ? 0 : TxRequest.vlan | (insertVlan << 16);
  const work = (checksumOffload ? checksums : 0) | tag;
  return work === 0 && segmentSize === 0 ? undefined : { work, segmentSize };
}

async function runTx(addresses: string[], flags: TxFlags): Promise<void> {
  checkPorts(addresses);
  const { burst: burstSize, packets, size, rate, txRate, dst: destinations = [] } = flags;
  const { mtu = usualMtu } = flags;
  const requests = requestsOf(flags);
  const frames = framesOf(flags, [{ sizes: size }], mtu + headerBytes);
  const traffic = { ...frames, sizes: size, checksums: flags.checksumOffload !== true };
  await runTraffic({
    command: 'tx',
    addresses,
    flags,
    options: {
      ...{ size, ...frameOptions(flags), destinations, rate: rate ?? null, txRate: txRate ?? null },
      ...{ checksumOffload: flags.checksumOffload === true, segmentSize: flags.segmentSize ?? null },
      insertVlan: flags.insertVlan ?? null,
    },
    createWork: (pool, ports) => {
      if (txRate !== undefined) limitTx(ports, txRate);
      return new Generator(pool, ports, { traffic, burstSize, destinations, rate, packets, requests });
    },
  });
}
