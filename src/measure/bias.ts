import type { LatencyResult } from '../results/latency-result.ts';
import { type LatencyOptions, LatencyProbe } from './latency-probe.ts';
import { measure } from './measure.ts';
import { PortGroup } from './port-group.ts';

// The first run is for the compiler: code that is still cold would count as bias.
const durationsMs = [200, 300];

/**
 * What of a latency is this program's own, with the same probes: the median between the two ends of an emulated wire without
 * delay. Null when there was no probe in the time that this is given.
 */
export async function measureBias(options: LatencyOptions): Promise<number | null> {
  const address = `emu:bias-${process.pid}`;
  const { burstSize } = options;
  await using group = await PortGroup.open([address, address], { rxRing: 512, txRing: 512, burstSize });
  const { pool, ports } = group;
  let bias: number | null = null;
  for (const durationMs of durationsMs) {
    const probe = new LatencyProbe(pool, ports[0]!, ports[1]!, options);
    const { details } = await measure(probe, ports, { durationMs });
    bias = (details['latency'] as LatencyResult).latencyNanoseconds.p50;
  }
  return bias;
}
