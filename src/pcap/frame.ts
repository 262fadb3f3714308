/** Most bytes of a frame that a capture can hold, as libpcap has it. */
export const maxCapturedBytes = 262_144;

/** The link type of Ethernet, from the addresses to the end of the payload, in both formats. */
export const linkTypeEthernet = 1;

/** Which way a frame went at the port that captured it. */
export type Direction = 'unknown' | 'inbound' | 'outbound';

export type CaptureFormat = 'pcap' | 'pcapng';

/** One frame and when it passed. What a reader gives, and what a writer takes. */
export interface CapturedFrame {
  /** Of the writer's interfaces, or of the section that is read. */
  interfaceIndex: number;
  /** Since 1970, UTC: whole seconds. */
  seconds: number;
  /** And the rest, 0 to 999,999,999. */
  nanoseconds: number;
  direction: Direction;
  /** Bytes that the frame had on the wire. */
  originalLength: number;
  /** Bytes of it that are here: at most {@link originalLength}. */
  capturedLength: number;
  /** Memory that the frame lies in. */
  bytes: Uint8Array;
  /** Where it begins in there. */
  position: number;
}

/** Where frames of a file were captured. */
export interface CaptureInterface {
  /** In its section, from 0. */
  readonly index: number;
  /** Of the file, from 0: each counts its interfaces anew. A classic pcap file has one. */
  readonly section: number;
  /** A LINKTYPE_ number of tcpdump.org; see {@link linkTypeEthernet}. */
  readonly linkType: number;
  /**
   * Most bytes that were to be kept of a frame, 1 to {@link maxCapturedBytes}. Some programs keep more: a record's
   * {@link CapturedFrame.capturedLength} says what there is.
   */
  readonly snapLength: number;
  /** Bytes of FCS that end each frame, 0 when there are none or none are known of. */
  readonly fcsLength: number;
  /** As the capturing program called it, cut to 255 bytes; empty when it did not say. */
  readonly name: string;
}

const nowhere: CaptureInterface = {
  index: 0,
  section: 0,
  linkType: linkTypeEthernet,
  snapLength: maxCapturedBytes,
  fcsLength: 0,
  name: '',
};

/**
 * A frame of a file. The reader has one and fills it again for every frame: it holds until the next frame is asked for, or more of
 * the file is read.
 */
export class CaptureRecord implements CapturedFrame {
  interface: CaptureInterface = nowhere;
  interfaceIndex = 0;
  seconds = 0;
  nanoseconds = 0;
  /** Whether the file says when: simple packet blocks don't, and have 0 for a time. */
  hasTimestamp = false;
  direction: Direction = 'unknown';
  originalLength = 0;
  capturedLength = 0;
  /** Bytes of FCS at the end of the frame as it was on the wire. */
  fcsLength = 0;
  /** Memory of the reader's: to be read only. */
  bytes: Uint8Array = new Uint8Array(0);
  position = 0;
  /** Where in the file the record begins. */
  fileOffset = 0;
  /** In the file, from 1, as Wireshark counts: journal entries, custom blocks and Sysdig events have numbers, too. */
  number = 0;

  /** The captured bytes, as a view: an allocation each time, and good only as long as the record is. */
  get data(): Uint8Array {
    return this.bytes.subarray(this.position, this.position + this.capturedLength);
  }
}
