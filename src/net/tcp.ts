import { checksumOf, isGoodSum, sumWords } from './checksum.ts';
import { find } from './options.ts';
import * as words from './words.ts';

const { get8, get16, get32, put16, put32 } = words;

/** Bytes of a header without options. */
export const headerBytes = 20;
/** Where options begin in a header that has them. */
export const optionsOffset = 20;

/** Bits of {@link flags}. */
export const Flag = {
  fin: 0x01,
  syn: 0x02,
  rst: 0x04,
  psh: 0x08,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
} as const;

/** Kinds of {@link options}. */
export const Option = {
  end: 0,
  noOperation: 1,
  maxSegmentSize: 2,
  windowScale: 3,
  selectiveAckPermitted: 4,
  selectiveAck: 5,
  timestamps: 8,
} as const;

const checksumOffset = 16;
const largestWindow = 0xffff;

/** Bytes of the header at `at`, options included; 0 when it is not whole before `end`, or says that it is shorter than it can be. */
export function headerLength(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < headerBytes) return 0;
  const length = (get8(bytes, at + 12) >>> 4) << 2;
  return length >= headerBytes && at + length <= end ? length : 0;
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

/** 32 bits that may be negative: of two, `(a - b) | 0` tells which is later. */
export function sequence(bytes: Uint8Array, at: number): number {
  return get32(bytes, at + 4);
}

/** 32 bits that may be negative. */
export function acknowledgment(bytes: Uint8Array, at: number): number {
  return get32(bytes, at + 8);
}

export function setSequence(bytes: Uint8Array, at: number, value: number): void {
  put32(bytes, at + 4, value);
}

export function setAcknowledgment(bytes: Uint8Array, at: number, value: number): void {
  put32(bytes, at + 8, value);
}

/** Bits of {@link Flag}. */
export function flags(bytes: Uint8Array, at: number): number {
  return get8(bytes, at + 13);
}

export function setFlags(bytes: Uint8Array, at: number, value: number): void {
  bytes[at + 13] = value;
}

/** As it stands in the header: not scaled. */
export function window(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 14);
}

export function setWindow(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at + 14, value);
}

export function urgentPointer(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 18);
}

/**
 * Where an option of a header that is whole begins; 0: there is none. What the kind means stands two bytes further on.
 *
 * @param kind Of {@link Option}.
 */
export function findOption(bytes: Uint8Array, at: number, kind: number): number {
  return find(bytes, at + optionsOffset, at + ((get8(bytes, at + 12) >>> 4) << 2), kind);
}

/** The largest segment that the sender of a SYN takes, in bytes; 0: it does not say. */
export function maxSegmentSize(bytes: Uint8Array, at: number): number {
  const option = findOption(bytes, at, Option.maxSegmentSize);
  return option !== 0 && get8(bytes, option + 1) === 4 ? get16(bytes, option + 2) : 0;
}

export function checksum(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + checksumOffset);
}

export function setChecksum(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at + checksumOffset, value);
}

/**
 * Whether the checksum of the segment from `at` to `end` is right.
 *
 * @param pseudoSum Of `ipv4.sumPseudoHeader` or `ipv6.sumPseudoHeader`.
 */
export function hasGoodChecksum(bytes: Uint8Array, at: number, end: number, pseudoSum: number): boolean {
  return isGoodSum(pseudoSum + sumWords(bytes, at, end));
}

/** Writes the checksum of the segment from `at` to `end`. */
export function fillChecksum(bytes: Uint8Array, at: number, end: number, pseudoSum: number): void {
  setChecksum(bytes, at, 0);
  setChecksum(bytes, at, checksumOf(pseudoSum + sumWords(bytes, at, end)));
}

/** Writes a header without options and without a checksum, with the largest window. Returns where the payload begins. */
export function write(
  bytes: Uint8Array,
  at: number,
  sourcePort: number,
  destinationPort: number,
  sequence: number,
  acknowledgment: number,
  flags: number,
): number {
  setSourcePort(bytes, at, sourcePort);
  setDestinationPort(bytes, at, destinationPort);
  setSequence(bytes, at, sequence);
  setAcknowledgment(bytes, at, acknowledgment);
  bytes[at + 12] = (headerBytes >>> 2) << 4;
  setFlags(bytes, at, flags);
  setWindow(bytes, at, largestWindow);
  put32(bytes, at + checksumOffset, 0); // and no urgent data
  return at + headerBytes;
}
