import { checksumOf, isGoodSum, sumWords } from './checksum.ts';
import * as words from './words.ts';

const { get16, put16 } = words;

export const headerBytes = 8;
const checksumOffset = 6;

/** Bytes of the header at `at`: 8, or 0 when it is not whole before `end`, or says that its datagram is shorter. */
export function headerLength(bytes: Uint8Array, at: number, end: number): number {
  return end - at >= headerBytes && length(bytes, at) >= headerBytes ? headerBytes : 0;
}

/** Where the payload ends: `end`, or before it. */
export function payloadEnd(bytes: Uint8Array, at: number, end: number): number {
  return Math.min(end, at + length(bytes, at));
}

export function sourcePort(bytes: Uint8Array, at: number): number {
  return get16(bytes, at);
}

export function destinationPort(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 2);
}

/** Writes the port alone; the checksum covers it. */
export function setSourcePort(bytes: Uint8Array, at: number, port: number): void {
  put16(bytes, at, port);
}

/** Writes the port alone; the checksum covers it. */
export function setDestinationPort(bytes: Uint8Array, at: number, port: number): void {
  put16(bytes, at + 2, port);
}

/** Bytes of the header and the payload. */
export function length(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 4);
}

export function setLength(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at + 4, value);
}

/** 0: there is none. */
export function checksum(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + checksumOffset);
}

/** Writes a checksum that was computed or updated: of 0, which would mean that there is none, the other form. */
export function setChecksum(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at + checksumOffset, value === 0 ? 0xffff : value);
}

/**
 * Whether the checksum of a datagram that is whole is right, or there is none.
 *
 * @param pseudoSum Of `ipv4.sumPseudoHeader` or `ipv6.sumPseudoHeader`.
 */
export function hasGoodChecksum(bytes: Uint8Array, at: number, pseudoSum: number): boolean {
  if (checksum(bytes, at) === 0) return true;
  return isGoodSum(pseudoSum + sumWords(bytes, at, at + length(bytes, at)));
}

/** Writes the checksum of a datagram that is whole. */
export function fillChecksum(bytes: Uint8Array, at: number, pseudoSum: number): void {
  put16(bytes, at + checksumOffset, 0);
  setChecksum(bytes, at, checksumOf(pseudoSum + sumWords(bytes, at, at + length(bytes, at))));
}

/** Writes a header without a checksum, and returns where the payload begins. `length` has both. */
export function write(
  bytes: Uint8Array,
  at: number,
  sourcePort: number,
  destinationPort: number,
  length: number,
): number {
  setSourcePort(bytes, at, sourcePort);
  setDestinationPort(bytes, at, destinationPort);
  setLength(bytes, at, length);
  put16(bytes, at + checksumOffset, 0);
  return at + headerBytes;
}
