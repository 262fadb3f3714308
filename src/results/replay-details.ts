import type { DepartureCounts } from '../pacing/departures.ts';

/** Why a frame of a capture can't be sent as it was. */
export type SkipReason = 'not Ethernet' | 'cut in the capture' | 'too short' | 'too long';

/** Frames that were skipped for one reason, in all passes together. */
export interface Skipped {
  reason: SkipReason;
  frames: number;
  /** The first 16 of them: their numbers in the file, from 1, as Wireshark counts. */
  numbers: number[];
}

/** What became of a capture's frames. */
export interface ReplayDetails extends Omit<DepartureCounts, 'intended' | 'intendedPps'> {
  /** Frames that could not be sent as they were. */
  skipped: Skipped[];
  /** Whether the file ended amid a frame. */
  truncated: boolean;
  /** Frames whose time came, of those that were asked for; null where the file alone knows, because it was not sent to its end. */
  intended: number | null;
  /** By the far end's own count; null where it has none that can be read. */
  received: number | null;
}
