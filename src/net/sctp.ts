import { crc32c } from './crc32c.ts';
import * as words from './words.ts';

const { get8, get16, get32, put16, put32 } = words;

/** Bytes of the common header; chunks follow it. */
export const headerBytes = 12;
const chunkHeaderBytes = 4;
const checksumOffset = 8;

/** Bytes of the common header at `at`: 12, or 0 when it is not whole before `end`. */
export function headerLength(_bytes: Uint8Array, at: number, end: number): number {
  return end - at >= headerBytes ? headerBytes : 0;
}

export function sourcePort(bytes: Uint8Array, at: number): number {
  return get16(bytes, at);
}

export function destinationPort(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 2);
}

/** 32 bits that may be negative. */
export function verificationTag(bytes: Uint8Array, at: number): number {
  return get32(bytes, at + 4);
}

/** Bytes of the chunk at `at`, without its padding; 0 when it is not whole before `end`. */
export function chunkLength(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < chunkHeaderBytes) return 0;
  const length = get16(bytes, at + 2);
  return length >= chunkHeaderBytes && at + length <= end ? length : 0;
}

export function chunkType(bytes: Uint8Array, at: number): number {
  return get8(bytes, at);
}

export function chunkFlags(bytes: Uint8Array, at: number): number {
  return get8(bytes, at + 1);
}

/** Where the chunk after the one at `at` begins; `end` after the last one, and when what follows is none. */
export function nextChunk(bytes: Uint8Array, at: number, end: number): number {
  const length = chunkLength(bytes, at, end);
  const after = at + ((length + 3) & ~3);
  return length > 0 && chunkLength(bytes, after, end) > 0 ? after : end;
}

/** Whether the CRC of the packet from `at` to `end` is right. Costs a table look-up for each byte, and writes nothing. */
export function hasGoodChecksum(bytes: Uint8Array, at: number, end: number): boolean {
  return swap(get32(bytes, at + checksumOffset)) === checksumOf(bytes, at, end);
}

/** Writes the CRC of the packet from `at` to `end`. */
export function fillChecksum(bytes: Uint8Array, at: number, end: number): void {
  put32(bytes, at + checksumOffset, swap(checksumOf(bytes, at, end)));
}

/** Writes a common header without a checksum, and returns where the first chunk begins. */
export function write(
  bytes: Uint8Array,
  at: number,
  sourcePort: number,
  destinationPort: number,
  verificationTag: number,
): number {
  put16(bytes, at, sourcePort);
  put16(bytes, at + 2, destinationPort);
  put32(bytes, at + 4, verificationTag);
  put32(bytes, at + checksumOffset, 0);
  return at + headerBytes;
}

const noChecksum = new Uint8Array(4);

/** As if the checksum were 0. */
function checksumOf(bytes: Uint8Array, at: number, end: number): number {
  const before = crc32c(bytes, at, at + checksumOffset);
  return crc32c(bytes, at + headerBytes, end, crc32c(noChecksum, 0, 4, before));
}

/** The CRC stands in the header with its lowest byte first. */
function swap(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}
