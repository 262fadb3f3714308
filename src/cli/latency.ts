import type { Command } from 'commander';
import type { MacAddress } from '../core/mac.ts';
import { measureBias } from '../measure/bias.ts';
import { LatencySeries } from '../measure/latency-series.ts';
import { joinVlans, tagOf, vlansOf } from '../measure/vlans.ts';
import { maxFrameBytes } from '../net/ethernet.ts';
import type { Fraction, Rate } from '../pacing/rate.ts';
import type { Sizes } from '../traffic/sizes.ts';
import { withAssertions } from './assertions.ts';
import { UsageError } from './exit.ts';
import { addHgrmOption } from './result-outputs.ts';
import { runTraffic } from './session.ts';
import { parseOneSize, parseSizes, sizeForms } from './size-values.ts';
import { checkTwoPorts, type TrafficFlags, trafficCommand } from './traffic-command.ts';
import {
  type FrameFlags,
  frameOptions,
  framesOf,
  withDestination,
  withFrameOptions,
} from './traffic-flags.ts';
import { optionWithDefault, parsePercents, parsePps, parseRate, rateForms } from './values.ts';

interface LatencyFlags extends TrafficFlags, FrameFlags {
  dst?: MacAddress;
  rate: Fraction;
  /** Without FCS. */
  size: number;
  load: number[];
  loadSize: Sizes;
  maxRate: Rate;
}

/** `pmd-bench latency`. */
export function latencyCommand(): Command {
  const command = trafficCommand(
    'latency',
    'send probes from one port to the other, and measure the time that they need',
    [
      'pmd-bench latency emu:a,delay=1ms emu:a --duration 5s',
      'pmd-bench latency 0000:01:10.0 0000:01:10.1 --rate 9k --duration 60s --json',
      'pmd-bench latency 0000:01:10.0 0000:01:10.1 --load 0,10,50,90 --load-size imix --template udp --duration 10s',
      'pmd-bench latency emu:a emu:a --load 0,10,50,90 --max-rate 100k --duration 2s',
    ],
    { rxRing: 4096 },
  )
    .usage('[options] <tx port> <rx port>')
    .addOption(optionWithDefault('--rate <pps>', 'probes per second, such as 500 or 9k', parsePps, '1k'))
    .addOption(optionWithDefault('--size <bytes>', 'of a probe with FCS, 64 to 1518', parseOneSize, '64'))
    .addOption(
      optionWithDefault(
        '--load <list>',
        'percent of --max-rate to send meanwhile, each for --duration: 0,10,50,90',
        parsePercents,
        '0',
      ),
    )
    .addOption(
      optionWithDefault('--max-rate <rate>', `what loads are a share of: ${rateForms}`, parseRate, '100%'),
    )
    .addOption(
      optionWithDefault('--load-size <bytes>', `of the load's frames: ${sizeForms}`, parseSizes, '64'),
    );
  const all = addHgrmOption(withFrameOptions(withDestination(command)));
  return withAssertions(all, ['maxLoss', 'maxLatency']).action(runLatency);
}

async function runLatency(addresses: string[], flags: LatencyFlags): Promise<void> {
  checkTwoPorts(addresses);
  const {
    rate: framesPerSecond,
    size: frameBytes,
    burst: burstSize,
    dst: destination,
    load: loads,
    maxRate,
    loadSize,
  } = flags;
  const { duration: durationMs, ...ofRun } = flags;
  const isSeries = loads.length > 1;
  if (isSeries && durationMs === undefined)
    throw new UsageError('more than one --load needs a --duration, which is that of each');
  if (frameBytes > maxFrameBytes) throw new UsageError('a probe has 1518 bytes with FCS at most');
  const traffic = { ...framesOf(flags, [{ sizes: loadSize }]), sizes: loadSize };
  const probes = { framesPerSecond, frameBytes, burstSize };
  await runTraffic({
    command: 'latency',
    addresses,
    flags: isSeries ? ofRun : flags,
    options: {
      framesPerSecond,
      frameBytes,
      loads,
      maxRate,
      loadSize,
      loadSeconds: isSeries ? durationMs! / 1000 : null,
      ...frameOptions(flags),
      destination: destination ?? null,
    },
    createWork: async (pool, [tx, rx]) => {
      await joinVlans(rx!, vlansOf(traffic.fields));
      return new LatencySeries(pool, tx!, rx!, {
        ...probes,
        loads,
        maxRate,
        traffic,
        destination,
        vlan: tagOf(traffic.fields),
        durationMs: isSeries ? durationMs : undefined,
        biasNanoseconds: await measureBias(probes),
      });
    },
  });
}
