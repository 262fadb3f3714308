/** What one trial found. */
export interface Trial {
  /** Frames per second that were intended. */
  load: number;
  durationSeconds: number;
  /** Of the frames intended, those that did not arrive, or arrived twice: 0 to 1. */
  lossRatio: number;
}

/** A trial with its books: frames that were intended and offered, that the port took, and that arrived. */
export interface TrialResult extends Trial {
  intended: number;
  offered: number;
  sent: number;
  received: number;
  /** Of those received: a queue in front of the device that never emptied. They were not forwarded in their time, and are loss. */
  late: number;
  deviationP99Nanoseconds: number | null;
}

/** What every result for one size begins with. */
export interface SizeHead {
  /** As it was asked for: `64`, `imix`. */
  size: string;
  /** With FCS, as RFC 2544 counts them; of a mix, the mean. */
  frameBytes: number;
  lineRatePps: number;
}
