import * as words from './words.ts';

const { get8, get16, put16, putBytes, swapBytes } = words;

/** Bytes of a frame's two addresses and its EtherType. */
export const headerBytes = 14;
/** Sizes that a frame can have without a VLAN tag and without FCS. */
export const minFrameBytes = 60;
export const maxFrameBytes = 1514;
/** Of the checksum that a NIC puts behind a frame: RFC 2544's sizes, and those of the command line, have it in them. */
export const fcsBytes = 4;
/** What a frame has on the wire beside its bytes: preamble, start delimiter, FCS and the gap to the next one. */
export const wireOverheadBytes = 24;
/** Where the EtherType of a frame without tags stands. */
export const typeOffset = 12;
/** Below it an EtherType is the length of an 802.3 frame (802.3, 3.2.6). */
export const minType = 0x600;

/** What follows a header. */
export const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  /** Ethernet in GRE: the frame of a bridge. */
  bridged: 0x6558,
  /** An 802.1Q tag. */
  vlan: 0x8100,
  ipv6: 0x86dd,
  /** An 802.1ad service tag, outside another tag. */
  serviceVlan: 0x88a8,
  /** For experiments on one's own network: no stack knows it for something else. */
  experimental: 0x88b5,
  lldp: 0x88cc,
} as const;

const macBytes = 6;

/** Bytes of the header at `at`: 14, or 0 when it is not whole before `end`. */
export function headerLength(_bytes: Uint8Array, at: number, end: number): number {
  return end - at >= headerBytes ? headerBytes : 0;
}

/** The EtherType of the frame at `at`; a tag's, in a frame that has one. */
export function type(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + typeOffset);
}

export function setType(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at + typeOffset, value);
}

/** Whether the frame at `at` goes to a group of stations, all of them included. */
export function isMulticast(bytes: Uint8Array, at: number): boolean {
  return (get8(bytes, at) & 1) !== 0;
}

/** Writes the destination of the frame at `at`. */
export function setDestination(bytes: Uint8Array, at: number, mac: Uint8Array): void {
  putBytes(bytes, at, mac, macBytes);
}

/** Writes the source of the frame at `at`. */
export function setSource(bytes: Uint8Array, at: number, mac: Uint8Array): void {
  putBytes(bytes, at + macBytes, mac, macBytes);
}

/** Exchanges the two addresses of the frame at `at`. */
export function swapAddresses(bytes: Uint8Array, at: number): void {
  swapBytes(bytes, at, at + macBytes, macBytes);
}

/** Writes a header, and returns where what follows it begins. */
export function write(
  bytes: Uint8Array,
  at: number,
  destination: Uint8Array,
  source: Uint8Array,
  etherType: number,
): number {
  setDestination(bytes, at, destination);
  setSource(bytes, at, source);
  setType(bytes, at, etherType);
  return at + headerBytes;
}
