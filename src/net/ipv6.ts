import { sumWords } from './checksum.ts';
import * as words from './words.ts';

export { formatAddress, parseAddress, readAddress, writeAddress } from './ipv6-text.ts';

const { get8, get16, get32, put16, put32, putBytes } = words;

/** Bytes of a header; extension headers follow it. */
export const headerBytes = 40;
export const addressBytes = 16;
/** Where the addresses stand. */
export const sourceOffset = 8;
export const destinationOffset = 24;

/** Extension headers, by the number that announces them. */
export const Extension = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  destination: 60,
  mobility: 135,
} as const;

const version = 6;
const defaultHopLimit = 64;
const nextHeaderOffset = 6;

/** Bytes of the header at `at`: 40, or 0 when it is not whole before `end`, or is of another version. */
export function headerLength(bytes: Uint8Array, at: number, end: number): number {
  return end - at >= headerBytes && get8(bytes, at) >>> 4 === version ? headerBytes : 0;
}

/** Where the packet's payload ends: `end`, or before it, where an Ethernet frame has padding. */
export function payloadEnd(bytes: Uint8Array, at: number, end: number): number {
  return Math.min(end, at + headerBytes + payloadLength(bytes, at));
}

export function trafficClass(bytes: Uint8Array, at: number): number {
  return (get16(bytes, at) >>> 4) & 0xff;
}

export function flowLabel(bytes: Uint8Array, at: number): number {
  return get32(bytes, at) & 0xfffff;
}

export function setFlow(bytes: Uint8Array, at: number, trafficClass: number, flowLabel: number): void {
  put32(bytes, at, (version << 28) | ((trafficClass & 0xff) << 20) | (flowLabel & 0xfffff));
}

/** Bytes after the header, extension headers included. */
export function payloadLength(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 4);
}

export function setPayloadLength(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at + 4, value);
}

/** What follows the header: an extension, or {@link IpProtocol}. */
export function nextHeader(bytes: Uint8Array, at: number): number {
  return get8(bytes, at + nextHeaderOffset);
}

export function hopLimit(bytes: Uint8Array, at: number): number {
  return get8(bytes, at + 7);
}

export function setHopLimit(bytes: Uint8Array, at: number, value: number): void {
  bytes[at + 7] = value;
}

/** Lowers the hop limit by one, as a router does. False, and nothing changed, where that would leave none. */
export function decrementHopLimit(bytes: Uint8Array, at: number): boolean {
  if (hopLimit(bytes, at) <= 1) return false;
  bytes[at + 7] = hopLimit(bytes, at) - 1;
  return true;
}

/** One of the four words of the source, 32 bits that may be negative. */
export function sourceWord(bytes: Uint8Array, at: number, word: 0 | 1 | 2 | 3): number {
  return get32(bytes, at + sourceOffset + (word << 2));
}

/** One of the four words of the destination, 32 bits that may be negative. */
export function destinationWord(bytes: Uint8Array, at: number, word: 0 | 1 | 2 | 3): number {
  return get32(bytes, at + destinationOffset + (word << 2));
}

export function setSource(bytes: Uint8Array, at: number, address: Uint8Array): void {
  putBytes(bytes, at + sourceOffset, address, addressBytes);
}

export function setDestination(bytes: Uint8Array, at: number, address: Uint8Array): void {
  putBytes(bytes, at + destinationOffset, address, addressBytes);
}

/** Whether a number announces an extension header that this module knows: all begin with the number of what follows. */
export function isExtension(nextHeader: number): boolean {
  switch (nextHeader) {
    case Extension.hopByHop:
    case Extension.routing:
    case Extension.fragment:
    case Extension.authentication:
    case Extension.destination:
    case Extension.mobility:
      return true;
    default:
      return false;
  }
}

/** Bytes of the extension header at `at`, which `announced` announces; 0 when it is not whole before `end`, or not in the array. */
export function extensionLength(bytes: Uint8Array, at: number, end: number, announced: number): number {
  // Zeros, as there are around the array, look like one extension after the other.
  if (end - at < 8 || at < 0 || at >= bytes.length) return 0;
  const units = get8(bytes, at + 1);
  if (announced === Extension.fragment) return 8;
  // RFC 4302, 2.2: in words of four bytes, less two.
  const length = announced === Extension.authentication ? (units + 2) << 2 : (units + 1) << 3;
  return at + length <= end ? length : 0;
}

/** Bytes of the packet before this fragment's, of the fragment header at `at`. */
export function fragmentOffset(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 2) & 0xfff8;
}

/** Whether fragments follow, of the fragment header at `at`. */
export function hasMoreFragments(bytes: Uint8Array, at: number): boolean {
  return (get8(bytes, at + 3) & 1) !== 0;
}

/** The number that fragments of one packet have, 32 bits that may be negative, of the fragment header at `at`. */
export function fragmentIdentification(bytes: Uint8Array, at: number): number {
  return get32(bytes, at + 4);
}

/**
 * Where the upper layer's header begins, behind the extension headers of the packet at `at`; 0 when one of them is not whole
 * before `end`. {@link upperProtocol} tells what it is. For frames in number, `Layers` finds both in one pass.
 */
export function upperAt(bytes: Uint8Array, at: number, end: number): number {
  let announced = nextHeader(bytes, at);
  let place = at + headerBytes;
  while (isExtension(announced)) {
    const length = extensionLength(bytes, place, end, announced);
    if (length === 0) return 0;
    announced = get8(bytes, place);
    place += length;
  }
  return place;
}

/** What follows the extension headers of the packet at `at`, as far as they are whole before `end`. */
export function upperProtocol(bytes: Uint8Array, at: number, end: number): number {
  let announced = nextHeader(bytes, at);
  let place = at + headerBytes;
  while (isExtension(announced)) {
    const length = extensionLength(bytes, place, end, announced);
    if (length === 0) return announced;
    announced = get8(bytes, place);
    place += length;
  }
  return announced;
}

/**
 * The sum of the pseudo header that the checksums of UDP, TCP and ICMPv6 cover. With a routing header the destination that
 * they cover is the last one (RFC 8200, 8.1), which this does not know.
 *
 * @param length Bytes of the upper layer's header and what follows it.
 */
export function sumPseudoHeader(bytes: Uint8Array, at: number, protocol: number, length: number): number {
  return sumWords(bytes, at + sourceOffset, at + headerBytes) + protocol + length;
}

/** Writes a header with a hop limit of 64. Returns where what follows it begins. */
export function write(
  bytes: Uint8Array,
  at: number,
  payloadLength: number,
  nextHeader: number,
  source: Uint8Array,
  destination: Uint8Array,
): number {
  setFlow(bytes, at, 0, 0);
  setPayloadLength(bytes, at, payloadLength);
  bytes[at + nextHeaderOffset] = nextHeader;
  setHopLimit(bytes, at, defaultHopLimit);
  setSource(bytes, at, source);
  setDestination(bytes, at, destination);
  return at + headerBytes;
}

/** Writes a fragment header, and returns where what follows it begins. */
export function writeFragment(
  bytes: Uint8Array,
  at: number,
  nextHeader: number,
  offset: number,
  hasMore: boolean,
  identification: number,
): number {
  bytes[at] = nextHeader;
  bytes[at + 1] = 0;
  put16(bytes, at + 2, (offset & 0xfff8) | (hasMore ? 1 : 0));
  put32(bytes, at + 4, identification);
  return at + 8;
}
