import { checksumOf, isGoodSum, sumWords, updateChecksum } from './checksum.ts';
import * as words from './words.ts';

const { get8, get16, put16 } = words;

/** Bytes of a header: four that all messages have, and four whose meaning is the type's. */
export const headerBytes = 8;

export const Type = {
  echoReply: 0,
  unreachable: 3,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const;

const checksumOffset = 2;

/** Bytes of the header at `at`: 8, or 0 when it is not whole before `end`. */
export function headerLength(_bytes: Uint8Array, at: number, end: number): number {
  return end - at >= headerBytes ? headerBytes : 0;
}

export function type(bytes: Uint8Array, at: number): number {
  return get8(bytes, at);
}

export function code(bytes: Uint8Array, at: number): number {
  return get8(bytes, at + 1);
}

/** Of an echo request or reply. */
export function identifier(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 4);
}

/** Of an echo request or reply. */
export function sequence(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 6);
}

export function checksum(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + checksumOffset);
}

/** Whether the checksum of the message from `at` to `end` is right. */
export function hasGoodChecksum(bytes: Uint8Array, at: number, end: number): boolean {
  return isGoodSum(sumWords(bytes, at, end));
}

/** Writes the checksum of the message from `at` to `end`. */
export function fillChecksum(bytes: Uint8Array, at: number, end: number): void {
  put16(bytes, at + checksumOffset, 0);
  put16(bytes, at + checksumOffset, checksumOf(sumWords(bytes, at, end)));
}

/** Writes another type, and updates the checksum by what changed. */
export function replaceType(bytes: Uint8Array, at: number, type: number): void {
  const before = get16(bytes, at);
  bytes[at] = type;
  // Of a message that is all 0 the checksum is 0xffff, where the update makes it 0. Receivers take 0xffff for 0 in every other.
  const updated = updateChecksum(checksum(bytes, at), before, get16(bytes, at)) || 0xffff;
  put16(bytes, at + checksumOffset, updated);
}

/** Turns an echo request into its reply. The addresses of IP, which are to change places, are not this message's. */
export function answerEcho(bytes: Uint8Array, at: number): void {
  replaceType(bytes, at, Type.echoReply);
}

/** Writes the header of an echo request or reply without a checksum. Returns where its data begins. */
export function writeEcho(
  bytes: Uint8Array,
  at: number,
  type: number,
  identifier: number,
  sequence: number,
): number {
  bytes[at] = type;
  bytes[at + 1] = 0;
  put16(bytes, at + checksumOffset, 0);
  put16(bytes, at + 4, identifier);
  put16(bytes, at + 6, sequence);
  return at + headerBytes;
}
