import { hexDigit, hexValue } from './digits.ts';
import * as words from './words.ts';

export { formatMac as format, parseMac as parse } from '../core/mac.ts';

const { get8, get16, get32 } = words;

export const macBytes = 6;
/** Bytes of an address as text. */
export const textBytes = 17;

const colon = 0x3a;

/** The first 16 bits of the address at `at`: with {@link low}, a key without a string. */
export function high(bytes: Uint8Array, at: number): number {
  return get16(bytes, at);
}

/** The last 32 bits of the address at `at`; they may be negative. */
export function low(bytes: Uint8Array, at: number): number {
  return get32(bytes, at + 2);
}

/** Writes the address at `at` as text into `text`, in ASCII. Returns where the text ends. */
export function writeText(text: Uint8Array, textAt: number, bytes: Uint8Array, at: number): number {
  let place = textAt;
  for (let i = 0; i < macBytes; i++) {
    if (i > 0) text[place++] = colon;
    const byte = get8(bytes, at + i);
    text[place++] = hexDigit(byte >>> 4);
    text[place++] = hexDigit(byte & 0x0f);
  }
  return place;
}

/** Reads the text from `textAt` to `end`, all of which must be one address, into `bytes`. False, and nothing written, when it is none. */
export function readText(
  text: Uint8Array,
  textAt: number,
  end: number,
  bytes: Uint8Array,
  at: number,
): boolean {
  if (end - textAt !== textBytes) return false;
  for (let i = 0; i < textBytes; i++) {
    const char = get8(text, textAt + i);
    if (i % 3 === 2 ? char !== colon : hexValue(char) < 0) return false;
  }
  for (let i = 0; i < macBytes; i++) {
    const place = textAt + 3 * i;
    bytes[at + i] = (hexValue(get8(text, place)) << 4) | hexValue(get8(text, place + 1));
  }
  return true;
}
