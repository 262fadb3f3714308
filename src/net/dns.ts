// Where a DNS message is. What it asks and answers is another package's matter, such as dns-packet's.
import * as words from './words.ts';

const { get8, get16 } = words;

/** The port of UDP and TCP that servers have. */
export const port = 53;
/** Bytes of a message's header: the shortest message. */
export const headerBytes = 12;
/** Bytes of the length that stands before each message over TCP. */
export const lengthBytes = 2;

/** Bytes of the message at `at`, which over UDP is all up to `end`; 0 when its header is not whole. */
export function messageLength(_bytes: Uint8Array, at: number, end: number): number {
  return end - at >= headerBytes ? end - at : 0;
}

/** Bytes of the message whose length stands at `at`, as over TCP; 0 when it is not whole before `end`. It begins two bytes further on. */
export function streamedLength(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < lengthBytes) return 0;
  const length = get16(bytes, at);
  return length >= headerBytes && at + lengthBytes + length <= end ? length : 0;
}

/** What a response repeats of its query. */
export function id(bytes: Uint8Array, at: number): number {
  return get16(bytes, at);
}

export function isResponse(bytes: Uint8Array, at: number): boolean {
  return (get8(bytes, at + 2) & 0x80) !== 0;
}
