import type { Command } from 'commander';
import { backToBackBias } from '../measure/bias.ts';
import { maxFrameBytes, minFrameBytes } from '../measure/ethernet.ts';
import { LatencyProbe } from '../measure/latency.ts';
import type { Fraction } from '../measure/rate.ts';
import { UsageError } from './exit.ts';
import { addHgrmOption } from './result-outputs.ts';
import { runTraffic } from './session.ts';
import { type TrafficFlags, trafficCommand } from './traffic-command.ts';
import { integer, parsePps } from './values.ts';

interface LatencyFlags extends TrafficFlags {
  rate: Fraction;
  size: number;
}

/** `pmd-bench latency`. */
export function latencyCommand(): Command {
  const command = trafficCommand(
    'latency',
    'send probes from one port to the other, and take the time that they need',
    [
      'pmd-bench latency emu:a,delay=1ms emu:a --duration 5s',
      'pmd-bench latency 0000:01:10.0 0000:01:10.1 --rate 9k --duration 60s --json',
    ],
  )
    .usage('[options] <tx port> <rx port>')
    .option('--rate <pps>', 'probes per second, such as 500 or 9k', parsePps, {
      numerator: 1000,
      denominator: 1,
    })
    .option('--size <bytes>', 'of a probe without FCS', integer(minFrameBytes, maxFrameBytes), minFrameBytes)
    .action(runLatency);
  return addHgrmOption(command);
}

async function runLatency(addresses: string[], flags: LatencyFlags): Promise<void> {
  if (addresses.length !== 2)
    throw new UsageError(
      `give two ports, where probes go in and where they come out: ${addresses.length} given`,
    );
  const { rate: framesPerSecond, size: frameBytes, burst: burstSize } = flags;
  const probes = { framesPerSecond, frameBytes, burstSize };
  await runTraffic({
    command: 'latency',
    addresses,
    flags,
    options: { framesPerSecond, frameBytes },
    createWork: async (pool, [tx, rx]) =>
      new LatencyProbe(pool, tx!, rx!, { ...probes, biasNanoseconds: await backToBackBias(probes) }),
  });
}
