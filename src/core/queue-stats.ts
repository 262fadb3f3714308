/** What an RX queue has counted. */
export interface RxQueueStats {
  /** Frames handed to the application. */
  packets: number;
  /** Their bytes, without FCS. */
  bytes: number;
  /** Descriptors of frames that the device marked as damaged. */
  errors: number;
  /** Descriptors of frames that were longer than a buffer or than the MTU allows, or took more entries than the burst had room for. */
  oversize: number;
  /** Descriptors whose length can't be: less than an Ethernet header, or more than the buffer has. */
  malformed: number;
  /** Receive calls that were cut short because the pool had no free buffer; the frames wait on the ring. */
  noBuffer: number;
}

/** What a TX queue has counted. */
export interface TxQueueStats {
  /** Frames given to the device. */
  packets: number;
  /** Their bytes, with padding, without FCS. */
  bytes: number;
  /** Send calls that left frames in the burst because the ring was full. */
  ringFull: number;
  /**
   * Frames given to the device that it had not reported sent when it was reset or the port closed. Some of them may have
   * left: igbvf reports every 32nd frame of a burst, and its last.
   */
  unsent: number;
}
