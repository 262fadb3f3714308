import { type Command, Option } from 'commander';
import type { MacAddress } from '../core/mac.ts';
import { Generator } from '../measure/generator.ts';
import { limitTx } from '../measure/tx-limit.ts';
import type { Rate } from '../pacing/rate.ts';
import type { Sizes } from '../traffic/sizes.ts';
import { withAssertions } from './assertions.ts';
import { runTraffic } from './session.ts';
import { parseSizes, sizeForms } from './size-values.ts';
import { checkPorts, type TrafficFlags, trafficCommand } from './traffic-command.ts';
import { type FrameFlags, frameOptions, framesOf, withFrameOptions } from './traffic-flags.ts';
import { collectMac, optionWithDefault, parseRate, rateForms } from './values.ts';

interface TxFlags extends TrafficFlags, FrameFlags {
  size: Sizes;
  dst?: MacAddress[];
  rate?: Rate;
  txRate?: Rate;
}

/** `pmd-bench tx`. */
export function txCommand(): Command {
  const command = trafficCommand('tx', 'send frames from each port: at a rate, or as fast as they go', [
    'pmd-bench tx emu:a,peer=flood --duration 5s --size 64-1518',
    'pmd-bench tx 0000:01:10.0 --rate 100k --duration 10s --json',
    'pmd-bench tx 0000:01:10.0 --template udp --size imix --rate 50% --dst 02:00:00:00:00:02',
    'pmd-bench tx emu:a,peer=flood --template udp --flows 1000 --set src-ip=random:10.0.0.1-10.0.255.254',
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
    );
  return withAssertions(withFrameOptions(command), ['minRate', 'maxLoss']).action(runTx);
}

async function runTx(addresses: string[], flags: TxFlags): Promise<void> {
  checkPorts(addresses);
  const { burst: burstSize, packets, size, rate, txRate, dst: destinations = [] } = flags;
  const traffic = { ...framesOf(flags, [{ sizes: size }]), sizes: size };
  await runTraffic({
    command: 'tx',
    addresses,
    flags,
    options: { size, ...frameOptions(flags), destinations, rate: rate ?? null, txRate: txRate ?? null },
    createWork: (pool, ports) => {
      if (txRate !== undefined) limitTx(ports, txRate);
      return new Generator(pool, ports, { traffic, burstSize, destinations, rate, packets });
    },
  });
}
