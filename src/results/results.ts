import type { Port } from '../core/port.ts';
import type { PortStats } from '../core/stats.ts';
import type { Percentiles } from '../pacing/histogram.ts';
import type { Details } from './details.ts';
import type { Environment } from './environment.ts';

/**
 * @asType integer
 * @minimum 0
 */
export type Count = number;

/** What one port moved in a stretch of time. */
export interface PortCounts {
  address: string;
  rxPackets: Count;
  /** Without FCS, as all bytes here. */
  rxBytes: Count;
  /** Received and not handed on: damaged, longer than a buffer, or malformed. */
  rxDropped: Count;
  /** Lost by the device for want of descriptors; null when it does not count them, as VFs of igb don't. */
  rxMissed: Count | null;
  /** For another address or VLAN, or longer than the MTU takes, so that the device did not take them; null when it does not count them. */
  rxFiltered: Count | null;
  txPackets: Count;
  txBytes: Count;
  /** Released because the TX ring had no room, or because the port can't send them; null when unknown. */
  txDropped: Count | null;
  /** Of txDropped: longer than the port's MTU allows, or shorter than a header. */
  txUnsendable: Count;
  /** Sent, and nobody was there to receive them: no port was open at the far end; null when unknown. */
  txUndelivered: Count | null;
  rxPps: number;
  txPps: number;
}

export type PortCounters = Pick<PortStats, 'device' | 'bus' | 'rxNoBuffer' | 'txRingFull'>;

/** One port's whole run. */
export interface PortResult extends PortCounts {
  mac: string;
  /** What the device and the bus counted in the port's life, read when it was closed: nothing changes them any more. */
  counters: PortCounters;
}

export interface Interval {
  /** From the start of the run. */
  startSeconds: number;
  durationSeconds: number;
  /** In the ports' order. */
  ports: PortCounts[];
}

/** Garbage collections of any kind, and how long they lasted. */
export interface GcCount {
  count: number;
  milliseconds: number;
}

/** Something that happened to a port, or did not happen. */
export interface Notice {
  /** From the start of the run. */
  atSeconds: number;
  text: string;
}

/** `done`: the command had nothing left to do. */
export type EndedBy = 'duration' | 'packets' | 'done' | 'signal' | 'error';

/** What a run found. */
export interface Measurement {
  endedBy: EndedBy;
  /** Why it ended early, when `endedBy` is `error`. */
  error: { code: string; message: string } | null;
  /** When it began: a date and time of ISO 8601. */
  startedAt: string;
  durationSeconds: number;
  /** In the ports' order. */
  ports: PortCounts[];
  /** Of time in which frames moved; null when none did. */
  cyclesPerPacket: number | null;
  /** Mean of the bursts that were not empty; null when all were. */
  packetsPerBurst: number | null;
  /** Bursts that were not empty, by how many packets they had. */
  burstSizes: Record<string, Count>;
  gc: GcCount;
  intervals: Interval[];
  notices: Notice[];
  details: Details;
}

/** What a command was told, defaults included; null where there is no limit. Beside these, each has its own. */
export interface Options {
  durationSeconds: number | null;
  packets: number | null;
  /** Most frames per call. */
  burst: number;
  rxRing: number;
  txRing: number;
  /** Of the pool. */
  buffers: number;
  [own: string]: unknown;
}

export const schemaName = 'pmd-bench/1';

/** A measuring command's `--json` document. Fields are added, and never change their meaning. */
export interface Results extends Measurement {
  schema: typeof schemaName;
  command: string;
  options: Options;
  environment: Environment;
  /** In the order of the command line. */
  ports: PortResult[];
  /** Of frames, where the command measures it; under the first load, where it measures under several. */
  latencyNanoseconds: Percentiles | null;
}

/** A line of `--ndjson`, as long as the run lasts; the last line is the document of `--json`. */
export type ResultLine =
  | { schema: typeof schemaName; interval: Interval }
  | { schema: typeof schemaName; notice: Notice };

/** What a port's own counters add to what was measured, once it is closed. */
export function portResult(port: Port, counts: PortCounts): PortResult {
  const { device, bus, rxNoBuffer, txRingFull } = port.stats();
  return { ...counts, mac: port.mac, counters: { device, bus, rxNoBuffer, txRingFull } };
}
