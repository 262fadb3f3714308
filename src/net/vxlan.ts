import * as words from './words.ts';

const { get8, get24, put8, put24 } = words;

/** Bytes of a header, between UDP's and the Ethernet frame within. */
export const headerBytes = 8;
/** The UDP port that such datagrams go to. */
export const port = 4789;

const hasNetwork = 0x08;

/** Bytes of the header at `at`: 8, or 0 when it is not whole before `end`, or names no network (RFC 7348, 5). */
export function headerLength(bytes: Uint8Array, at: number, end: number): number {
  return end - at >= headerBytes && (get8(bytes, at) & hasNetwork) !== 0 ? headerBytes : 0;
}

/** The network's number, of 24 bits. */
export function network(bytes: Uint8Array, at: number): number {
  return get24(bytes, at + 4);
}

export function setNetwork(bytes: Uint8Array, at: number, network: number): void {
  put24(bytes, at + 4, network);
}

/** Writes a header, and returns where the Ethernet frame within begins. */
export function write(bytes: Uint8Array, at: number, network: number): number {
  put8(bytes, at, hasNetwork);
  put24(bytes, at + 1, 0);
  setNetwork(bytes, at, network);
  put8(bytes, at + 7, 0);
  return at + headerBytes;
}
