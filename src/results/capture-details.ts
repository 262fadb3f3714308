import type { CaptureFormat } from '../pcap/index.ts';

/** What was written. */
export interface CaptureDetails {
  file: string;
  format: CaptureFormat;
  frames: number;
  /** Of the file. */
  bytes: number;
  /** Frames of each port that the disk was too slow for. */
  notWritten: number[];
}
