import type { NativeSnapshot } from './native.ts';
import type { PoolUsage } from './pool-usage.ts';
import type { RxQueueStats, TxQueueStats } from './queue-stats.ts';

/** One figure for a monitoring system: plain data, whose names are those of Prometheus. */
export interface Metric {
  /** As in `vfio_pmd_rx_packets_total`. */
  name: string;
  /** What it counts. */
  help: string;
  /** A counter never goes backwards; a gauge is what it is now. */
  type: 'counter' | 'gauge';
  /** What it is of: the port's address, the queue's number, … */
  labels: Readonly<Record<string, string>>;
  value: number;
}

type Help = readonly [name: string, help: string];
type HelpOf<Stats> = { readonly [Key in keyof Stats]: Help };

const rxQueue: HelpOf<RxQueueStats> = {
  packets: ['rx_packets', 'Frames handed to the application'],
  bytes: ['rx_bytes', 'Bytes of frames handed to the application, without FCS'],
  errors: ['rx_errors', 'Descriptors of frames that the device marked as damaged'],
  oversize: ['rx_oversize', 'Descriptors of frames that were too long'],
  malformed: ['rx_malformed', 'Descriptors with a length that cannot be'],
  noBuffer: ['rx_no_buffer', 'Receive calls that were cut short because the pool had no free buffer'],
};

const txQueue: HelpOf<TxQueueStats> = {
  packets: ['tx_packets', 'Frames given to the device'],
  bytes: ['tx_bytes', 'Bytes of frames given to the device, with padding, without FCS'],
  ringFull: ['tx_ring_full', 'Send calls that left frames in the burst because the ring was full'],
  unsent: ['tx_unsent', 'Frames that the device had not reported sent when it was reset or let go'],
};

const device: HelpOf<NativeSnapshot['device']> = {
  rxPackets: ['device_rx_packets', 'Frames that the device received'],
  rxBytes: ['device_rx_bytes', 'Bytes that the device received'],
  rxMulticast: ['device_rx_multicast', 'Multicast frames that the device received'],
  rxMissed: ['device_rx_missed', 'Frames that the device lost for want of descriptors'],
  rxFiltered: ['device_rx_filtered', 'Frames that the device did not take'],
  txPackets: ['device_tx_packets', 'Frames that the device sent'],
  txBytes: ['device_tx_bytes', 'Bytes that the device sent'],
  txUndelivered: ['device_tx_undelivered', 'Frames that left the device and reached nobody'],
};

/** Counters of one table; those that the device cannot know are left out. */
function counters<Stats extends object>(
  help: HelpOf<Stats>,
  stats: Stats,
  labels: Metric['labels'],
): Metric[] {
  return (Object.keys(help) as (keyof Stats)[])
    .filter((key) => stats[key] !== null)
    .map((key) => ({
      name: `vfio_pmd_${help[key][0]}_total`,
      help: help[key][1],
      type: 'counter',
      labels,
      value: stats[key] as number,
    }));
}

function gauge(name: string, help: string, labels: Metric['labels'], value: number): Metric {
  return { name: `vfio_pmd_${name}`, help, type: 'gauge', labels, value };
}

/** @internal */
export function portMetrics(port: string, snapshot: NativeSnapshot): Metric[] {
  const { state, link, recoveries } = snapshot;
  return [
    gauge(
      'port_running',
      'Whether the port is running: not while it recovers',
      { port },
      Number(state === 'running'),
    ),
    gauge('link_up', 'Whether the link is up', { port }, Number(link.up)),
    gauge(
      'link_speed_bits_per_second',
      'Speed of the link, 0 while it is down',
      { port },
      link.speedMbps * 1e6,
    ),
    ...counters(
      { recoveries: ['recoveries', 'Resets that the port recovered from'] },
      { recoveries },
      { port },
    ),
    ...snapshot.rx.flatMap((stats, queue) => counters(rxQueue, stats, { port, queue: `${queue}` })),
    ...snapshot.tx.flatMap((stats, queue) => counters(txQueue, stats, { port, queue: `${queue}` })),
    ...counters(device, snapshot.device, { port }),
  ];
}

/** @internal */
export function poolMetrics(pool: string, buffers: number, usage: PoolUsage): Metric[] {
  const at = (place: string, value: number) =>
    gauge('pool_buffers_in', 'Buffers of the pool by where they are', { pool, place }, value);
  return [
    gauge('pool_buffers', 'Buffers that the pool has', { pool }, buffers),
    at('free', usage.free),
    at('rx_rings', usage.rxRings),
    at('tx_rings', usage.txRings),
    at('application', usage.application),
  ];
}
