import type { Port, PortStats } from '../index.ts';
import type { Environment } from './environment.ts';
import type { GcCount } from './gc.ts';

/** What one port moved in a stretch of time. */
export interface PortCounts {
  address: string;
  rxPackets: number;
  /** Without FCS, as all bytes here. */
  rxBytes: number;
  /** Received and not handed on: damaged, longer than a buffer, or malformed. */
  rxDropped: number;
  /** Lost by the device for want of descriptors; null when it does not count them, as VFs of igb don't. */
  rxMissed: number | null;
  txPackets: number;
  txBytes: number;
  /** Released because the TX ring had no room; null when unknown. */
  txDropped: number | null;
  rxPps: number;
  txPps: number;
}

/** One port's whole run. */
export interface PortResult extends PortCounts {
  mac: string;
  /** What the device and the bus counted in the port's life, read when it was closed: nothing changes them any more. */
  counters: Pick<PortStats, 'device' | 'bus' | 'rxNoBuffer' | 'txRingFull'>;
}

export interface Interval {
  /** From the start of the run. */
  startSeconds: number;
  durationSeconds: number;
  /** In the ports' order. */
  ports: PortCounts[];
}

/** Something that happened to a port, or did not happen. */
export interface Notice {
  /** From the start of the run. */
  atSeconds: number;
  text: string;
}

export type EndedBy = 'duration' | 'packets' | 'signal' | 'error';

/** What a run found. */
export interface Measurement {
  endedBy: EndedBy;
  /** Why it ended early, when `endedBy` is `error`. */
  error: { code: string; message: string } | null;
  durationSeconds: number;
  /** In the ports' order. */
  ports: PortCounts[];
  /** Of time in which frames moved; null when none did. */
  cyclesPerPacket: number | null;
  /** Mean of the bursts that were not empty; null when all were. */
  packetsPerBurst: number | null;
  gc: GcCount;
  intervals: Interval[];
  notices: Notice[];
  /** What the command found beside: `capture` or `replay`, for those. */
  details: Record<string, unknown>;
}

/** A measuring command's `--json` document. Fields are added, and never change their meaning. */
export interface Results extends Measurement {
  ports: PortResult[];
  schema: 'pmd-bench/1';
  command: string;
  /** As used, defaults included; null where there is no limit. */
  options: Record<string, unknown>;
  environment: Environment;
}

/** What a port's own counters add to what was measured, once it is closed. */
export function portResult(port: Port, counts: PortCounts): PortResult {
  const { device, bus, rxNoBuffer, txRingFull } = port.stats();
  return { ...counts, mac: port.mac, counters: { device, bus, rxNoBuffer, txRingFull } };
}
