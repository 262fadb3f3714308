// Where a DHCP message and its options are. What they mean is another package's matter.
import * as words from './words.ts';

const { get8, get32 } = words;

/** The UDP ports of servers and clients. */
export const serverPort = 67;
export const clientPort = 68;
/** Where the options begin: behind the fixed part and the cookie. */
export const optionsOffset = 240;

export const Operation = { request: 1, reply: 2 } as const;

const cookie = 0x63825363;
const cookieOffset = 236;
const pad = 0;
const endOfOptions = 255;

/** Bytes of the message at `at`, up to the end of its options; 0 when it is not whole before `end`, or is no DHCP. */
export function messageLength(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < optionsOffset || get32(bytes, at + cookieOffset) !== cookie) return 0;
  let place = at + optionsOffset;
  const last = Math.min(end, bytes.length);
  while (place < last) {
    if (get8(bytes, place) === endOfOptions) return place + 1 - at;
    place += optionLength(bytes, place, end) || end;
  }
  return 0;
}

/** One of {@link Operation}. */
export function operation(bytes: Uint8Array, at: number): number {
  return get8(bytes, at);
}

/** What a reply repeats of its request, 32 bits that may be negative. */
export function transaction(bytes: Uint8Array, at: number): number {
  return get32(bytes, at + 4);
}

/** Bytes of the option at `at`, its code and length included; 0 when it is not whole before `end`. */
export function optionLength(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0;
  const code = get8(bytes, at);
  if (code === pad || code === endOfOptions) return 1;
  if (at + 1 >= end) return 0;
  const length = 2 + get8(bytes, at + 1);
  return at + length <= end ? length : 0;
}

/** Where the first option with this code begins in the message from `at` to `end`; 0: there is none. Its value stands two bytes further on. */
export function findOption(bytes: Uint8Array, at: number, end: number, code: number): number {
  let place = Math.max(at + optionsOffset, 0);
  const last = Math.min(end, bytes.length);
  while (place < last && get8(bytes, place) !== endOfOptions) {
    const length = optionLength(bytes, place, end);
    if (length === 0) return 0;
    if (get8(bytes, place) === code) return place;
    place += length;
  }
  return 0;
}
