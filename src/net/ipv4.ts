import { checksumOf, isGoodSum, sum32, sumWords, updateChecksum } from './checksum.ts';
import * as words from './words.ts';

export { formatAddress, parseAddress, readAddress, writeAddress } from './ipv4-text.ts';

const { get8, get16, get32, put16, put32 } = words;

/** Bytes of a header without options. */
export const headerBytes = 20;
/** Where options begin in a header that has them. */
export const optionsOffset = 20;
/** Where the addresses stand. */
export const sourceOffset = 12;
export const destinationOffset = 16;

/** Bits beside the fragment's offset. */
export const Flag = { dontFragment: 0x4000, moreFragments: 0x2000 } as const;

/** Kinds of {@link options} (RFC 791, RFC 2113). */
export const Option = {
  end: 0,
  noOperation: 1,
  recordRoute: 7,
  timestamp: 68,
  looseRoute: 131,
  strictRoute: 137,
  routerAlert: 148,
} as const;

const version = 4;
const defaultTimeToLive = 64;
const checksumOffset = 10;

/**
 * Bytes of the header at `at`, options included. 0 when it is not whole before `end`, is of another version, or says of itself
 * or of its datagram that it is shorter than it can be. How much of the datagram is there is another matter: {@link payloadEnd}.
 */
export function headerLength(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < headerBytes || get8(bytes, at) >>> 4 !== version) return 0;
  const length = announcedLength(bytes, at);
  return length >= headerBytes && at + length <= end && totalLength(bytes, at) >= length ? length : 0;
}

/** Bytes of the header, as it says itself: of one that {@link headerLength} has found to be whole. */
export function announcedLength(bytes: Uint8Array, at: number): number {
  return (get8(bytes, at) & 0x0f) << 2;
}

/** Where the datagram's payload ends: `end`, or before it, where an Ethernet frame has padding. */
export function payloadEnd(bytes: Uint8Array, at: number, end: number): number {
  return Math.min(end, at + totalLength(bytes, at));
}

/** The six bits of the differentiated services code point. */
export function dscp(bytes: Uint8Array, at: number): number {
  return get8(bytes, at + 1) >>> 2;
}

/** The two bits of explicit congestion notification. */
export function ecn(bytes: Uint8Array, at: number): number {
  return get8(bytes, at + 1) & 3;
}

/** Bytes of the datagram, header included. */
export function totalLength(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 2);
}

export function setTotalLength(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at + 2, value);
}

export function identification(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 4);
}

export function setIdentification(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at + 4, value);
}

/** Bits of {@link Flag}. */
export function flags(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 6) & 0xe000;
}

/** Bytes of the datagram before this fragment's. */
export function fragmentOffset(bytes: Uint8Array, at: number): number {
  return (get16(bytes, at + 6) & 0x1fff) << 3;
}

/** Whether the header is of a part of a datagram. */
export function isFragment(bytes: Uint8Array, at: number): boolean {
  return (get16(bytes, at + 6) & 0x3fff) !== 0;
}

/** @param offset Bytes, a multiple of 8. */
export function setFragment(bytes: Uint8Array, at: number, flags: number, offset: number): void {
  put16(bytes, at + 6, (flags & 0xe000) | ((offset >>> 3) & 0x1fff));
}

export function timeToLive(bytes: Uint8Array, at: number): number {
  return get8(bytes, at + 8);
}

export function setTimeToLive(bytes: Uint8Array, at: number, value: number): void {
  bytes[at + 8] = value;
}

/** Lowers the time to live by one, its checksum too, as a router does. False, and nothing changed, where that would leave none. */
export function decrementTimeToLive(bytes: Uint8Array, at: number): boolean {
  if (timeToLive(bytes, at) <= 1) return false;
  const before = get16(bytes, at + 8);
  bytes[at + 8] = timeToLive(bytes, at) - 1;
  put16(bytes, at + checksumOffset, updateChecksum(checksum(bytes, at), before, get16(bytes, at + 8)));
  return true;
}

/** What follows the header: {@link IpProtocol}. */
export function protocol(bytes: Uint8Array, at: number): number {
  return get8(bytes, at + 9);
}

/** 32 bits that may be negative. */
export function source(bytes: Uint8Array, at: number): number {
  return get32(bytes, at + sourceOffset);
}

/** 32 bits that may be negative. */
export function destination(bytes: Uint8Array, at: number): number {
  return get32(bytes, at + destinationOffset);
}

/** Writes the address alone: {@link replaceAddress} keeps the checksum right. */
export function setSource(bytes: Uint8Array, at: number, address: number): void {
  put32(bytes, at + sourceOffset, address);
}

/** Writes the address alone: {@link replaceAddress} keeps the checksum right. */
export function setDestination(bytes: Uint8Array, at: number, address: number): void {
  put32(bytes, at + destinationOffset, address);
}

/**
 * Writes an address, and updates the header's checksum by what changed. The checksum of UDP or TCP covers the addresses, too.
 *
 * @param offset {@link sourceOffset} or {@link destinationOffset}.
 */
export function replaceAddress(bytes: Uint8Array, at: number, offset: number, address: number): void {
  const before = get32(bytes, at + offset);
  put32(bytes, at + offset, address);
  put16(bytes, at + checksumOffset, updateChecksum(checksum(bytes, at), sum32(before), sum32(address)));
}

export function checksum(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + checksumOffset);
}

/** Whether the checksum of a header that is whole is right. */
export function hasGoodChecksum(bytes: Uint8Array, at: number): boolean {
  return isGoodSum(sumWords(bytes, at, at + announcedLength(bytes, at)));
}

/** Writes the checksum of a header that is whole, and otherwise as it is to be. */
export function fillChecksum(bytes: Uint8Array, at: number): void {
  put16(bytes, at + checksumOffset, 0);
  put16(bytes, at + checksumOffset, checksumOf(sumWords(bytes, at, at + announcedLength(bytes, at))));
}

/**
 * The sum of the pseudo header that the checksums of UDP and TCP cover: both addresses, protocol and length.
 *
 * @param length Bytes of the UDP or TCP header and what follows it.
 */
export function sumPseudoHeader(bytes: Uint8Array, at: number, protocol: number, length: number): number {
  return sumWords(bytes, at + sourceOffset, at + headerBytes) + protocol + length;
}

/**
 * Writes a header without options, not to be fragmented, with a time to live of 64. Its checksum is 0: {@link fillChecksum}
 * comes last. Returns where what follows it begins.
 */
export function write(
  bytes: Uint8Array,
  at: number,
  totalLength: number,
  protocol: number,
  source: number,
  destination: number,
): number {
  bytes[at] = (version << 4) | (headerBytes >>> 2);
  bytes[at + 1] = 0;
  setTotalLength(bytes, at, totalLength);
  setIdentification(bytes, at, 0);
  setFragment(bytes, at, Flag.dontFragment, 0);
  setTimeToLive(bytes, at, defaultTimeToLive);
  bytes[at + 9] = protocol;
  put16(bytes, at + checksumOffset, 0);
  setSource(bytes, at, source);
  setDestination(bytes, at, destination);
  return at + headerBytes;
}
