import { type Command, Option } from 'commander';
import type { MacAddress } from '../index.ts';
import { Generator, type SizeRange } from '../measure/generate.ts';
import type { Rate } from '../measure/rate.ts';
import { runTraffic } from './session.ts';
import { checkPorts, type TrafficFlags, trafficCommand } from './traffic-command.ts';
import { collectMac, parseRate, parseSize, rateForms } from './values.ts';

interface TxFlags extends TrafficFlags {
  size: SizeRange;
  dst?: MacAddress[];
  rate?: Rate;
}

/** `pmd-bench tx`. */
export function txCommand(): Command {
  return trafficCommand('tx', 'send frames from each port: at a rate, or as fast as they go', [
    'pmd-bench tx emu:a,peer=flood --duration 5s --size 60-1514',
    'pmd-bench tx 0000:01:10.0 --rate 100k --duration 10s --json',
    'pmd-bench tx 0000:01:10.0 --dst 02:00:00:00:00:02 --packets 1000000 --json',
  ])
    .addOption(
      new Option('--size <bytes>', "of a frame without FCS, 60 to 1514, or a range 'A-B'")
        .argParser(parseSize)
        .default({ min: 60, max: 60 }, '60'),
    )
    .option(
      '--dst <mac>',
      'where frames go; repeat it for each port; default: 02:00:00:00:00:00, …:01, nobody',
      collectMac,
    )
    .option('--rate <rate>', `of each port: ${rateForms}; default: as fast as they go`, parseRate)
    .action(runTx);
}

async function runTx(addresses: string[], flags: TxFlags): Promise<void> {
  checkPorts(addresses);
  const { burst: burstSize, size, rate, dst: destinations = [] } = flags;
  await runTraffic({
    command: 'tx',
    addresses,
    flags,
    options: { size, destinations, rate: rate ?? null },
    createWork: (pool, ports) => new Generator(pool, ports, { size, burstSize, destinations, rate }),
  });
}
