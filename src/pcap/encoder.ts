import type { MacAddress } from '../core/mac.ts';
import type { CapturedFrame } from './frame.ts';
import type { OutputBuffer } from './output-file.ts';
import type { Time } from './timestamp.ts';

/** Where frames to be written were captured. */
export interface InterfaceDescription {
  /** Such as a port's address. Names and descriptions have at most 1024 bytes. */
  name?: string;
  description?: string;
  mac?: MacAddress;
  speedMbps?: number;
  /** A LINKTYPE_ number of tcpdump.org. Default 1, Ethernet. */
  linkType?: number;
}

/** What an interface counted while it captured; null where it can't know. */
export interface InterfaceStatistics {
  receivedFrames?: number | null;
  /** Lost by the interface, for want of room. */
  droppedFrames?: number | null;
}

/** What ends a capture. */
export interface CaptureStatistics {
  start?: Time;
  end: Time;
  /** In the interfaces' order. */
  interfaces: readonly InterfaceStatistics[];
}

/** Writes one format. */
export interface Encoder {
  /** Most seconds of a time that the format has room for. */
  readonly maxSeconds: number;
  /** What the file begins with. */
  header(): Uint8Array;
  /** Bytes of a record with so many bytes of this frame. */
  recordBytes(frame: CapturedFrame, captured: number): number;
  /** Writes that record at the buffer's `used`. */
  encode(frame: CapturedFrame, captured: number, buffer: OutputBuffer): void;
  /** What the file may end with: records, as whole ones. */
  statistics(statistics: CaptureStatistics): readonly Uint8Array[];
  /** Length of the record at `at`. */
  measureRecord(view: DataView, at: number): number;
}
