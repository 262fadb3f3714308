import { describe, invalidArgument } from '../core/errors.ts';
import { codesOf, textOf } from './digits.ts';
import { get8, get32, put32 } from './words.ts';

/** The longest address as text has so many bytes. */
const mostTextBytes = 15;
const dot = 0x2e;
const zero = 0x30;

const codes = new Uint8Array(mostTextBytes + 1);
const parsed = new Uint8Array(4);

/** Writes an address of 32 bits as text into `text`, in ASCII, at most 15 bytes. Returns where the text ends. */
export function writeAddress(text: Uint8Array, textAt: number, address: number): number {
  let place = textAt;
  for (let shift = 24; shift >= 0; shift -= 8) {
    const byte = (address >>> shift) & 0xff;
    if (byte >= 100) text[place++] = zero + ((byte / 100) | 0);
    if (byte >= 10) text[place++] = zero + (((byte / 10) | 0) % 10);
    text[place++] = zero + (byte % 10);
    if (shift > 0) text[place++] = dot;
  }
  return place;
}

/**
 * Reads the text from `textAt` to `end`, all of which must be one address of four numbers, into the four bytes at `at`. False, and
 * nothing written, when it is none: numbers with a leading zero are none, for they may be meant as octal.
 */
export function readAddress(
  text: Uint8Array,
  textAt: number,
  end: number,
  bytes: Uint8Array,
  at: number,
): boolean {
  let address = 0;
  let part = -1; // no digit yet
  let parts = 0;
  for (let place = textAt; place < end; place++) {
    const char = get8(text, place);
    if (char === dot) {
      if (part < 0) return false;
      address = (address << 8) | part;
      part = -1;
      parts++;
    } else {
      const digit = char - zero;
      if (digit < 0 || digit > 9 || part === 0) return false;
      part = part < 0 ? digit : part * 10 + digit;
      if (part > 255) return false;
    }
  }
  if (parts !== 3 || part < 0) return false;
  put32(bytes, at, (address << 8) | part);
  return true;
}

/** An address of 32 bits as text. */
export function formatAddress(address: number): string {
  return textOf(codes, writeAddress(codes, 0, address));
}

/** The 32 bits of an address, which may be negative. @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` for anything but four numbers. */
export function parseAddress(text: string): number {
  if (typeof text === 'string' && readAddress(codes, 0, codesOf(text, codes), parsed, 0))
    return get32(parsed, 0);
  throw invalidArgument(`${describe(text)} is not an IPv4 address`, 'write it as 10.0.0.1');
}
