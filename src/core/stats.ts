import type { NativeSnapshot } from './native.ts';
import type { RxQueueStats, TxQueueStats } from './queue-stats.ts';

/**
 * What a port has counted since it was opened. Counters never go backwards, also across resets of the device; one that
 * the device can't know is null.
 */
export interface PortStats {
  /** Frames handed to the application. */
  rxPackets: number;
  /** Their bytes, without FCS. */
  rxBytes: number;
  /** Descriptors of frames that were not handed on, by cause. */
  rxDropped: {
    /** The device marked the frame as damaged. */
    errors: number;
    /** The frame was longer than a buffer or than the MTU allows, or took more entries than the burst had room for. */
    oversize: number;
    /** The device reported a length that can't be: less than an Ethernet header, or more than the buffer has. */
    malformed: number;
  };
  /** Receive calls that were cut short because the pool had no free buffer; the frames wait on the ring. */
  rxNoBuffer: number;
  /** Frames given to the device. */
  txPackets: number;
  /** Their bytes, with padding, without FCS. */
  txBytes: number;
  /** Send calls that left frames in the burst because the ring was full. */
  txRingFull: number;
  /**
   * Frames given to the device that it had not reported sent when it was reset or the port closed. Some of them may have
   * left: igbvf reports every 32nd frame of a burst, and its last.
   */
  txUnsent: number;
  /** The same for each queue; those above add them up. */
  rxQueues: RxQueueStats[];
  txQueues: TxQueueStats[];
  /**
   * What the device itself counted, looked at once a second and by `port.refresh()`. Octets as it counts them. A reset of
   * the control peer clears its counters. Of what came since the last look, only what the queues counted is kept then.
   */
  device: {
    rxPackets: number | null;
    rxBytes: number | null;
    rxMulticast: number | null;
    /** Frames lost for want of descriptors; as rxFiltered and txUndelivered, of this moment where it is known at all. */
    rxMissed: number | null;
    /**
     * Frames that the device did not take: for another address or VLAN, or too long for the MTU. igbvf is not told of them: only
     * the control peer knows of a jumbo frame that was dropped.
     */
    rxFiltered: number | null;
    txPackets: number | null;
    txBytes: number | null;
    /** Frames that left the device and reached nobody: no port was open at the far end. */
    txUndelivered: number | null;
  };
  /** What the bus counted, where it can: the emulated one its register accesses and its peer's frames. */
  bus: Record<string, number>;
}

/** @internal */
export function statsOf({ rx, tx, device, bus }: NativeSnapshot): PortStats {
  const sum = <Stats>(queues: Stats[], counter: (stats: Stats) => number) =>
    queues.reduce((total, stats) => total + counter(stats), 0);
  return {
    rxPackets: sum(rx, ({ packets }) => packets),
    rxBytes: sum(rx, ({ bytes }) => bytes),
    rxDropped: {
      errors: sum(rx, ({ errors }) => errors),
      oversize: sum(rx, ({ oversize }) => oversize),
      malformed: sum(rx, ({ malformed }) => malformed),
    },
    rxNoBuffer: sum(rx, ({ noBuffer }) => noBuffer),
    txPackets: sum(tx, ({ packets }) => packets),
    txBytes: sum(tx, ({ bytes }) => bytes),
    txRingFull: sum(tx, ({ ringFull }) => ringFull),
    txUnsent: sum(tx, ({ unsent }) => unsent),
    rxQueues: rx,
    txQueues: tx,
    device,
    bus,
  };
}
