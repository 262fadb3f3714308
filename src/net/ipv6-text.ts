import { describe, invalidArgument } from '../core/errors.ts';
import { codesOf, hexDigit, hexValue, textOf } from './digits.ts';
import { readAddress as readIpv4, writeAddress as writeIpv4 } from './ipv4-text.ts';
import { get8, get16, get32, isZero, put16 } from './words.ts';

/** The longest address as text has so many bytes: six groups and an IPv4 address. */
const mostTextBytes = 45;
const groups = 8;
const bytesInAll = 16;
const colon = 0x3a;
const dot = 0x2e;

const codes = new Uint8Array(mostTextBytes + 1);
const scratch = new Uint8Array(bytesInAll);

/** Writes the 16 bytes at `at` as text into `text`, in ASCII, at most 45 bytes, as RFC 5952 has it. Returns where the text ends. */
export function writeAddress(text: Uint8Array, textAt: number, bytes: Uint8Array, at: number): number {
  const isMapped = isZero(bytes, at, 10) && get16(bytes, at + 10) === 0xffff;
  const written = isMapped ? 6 : groups;
  const gap = longestGap(bytes, at);
  let place = textAt;
  for (let group = 0; group < written; group++) {
    if (group === gap.first) {
      text[place++] = colon;
      text[place++] = colon;
      group += gap.count - 1;
      continue;
    }
    if (group > 0 && group !== gap.first + gap.count) text[place++] = colon;
    place = writeGroup(text, place, get16(bytes, at + 2 * group));
  }
  if (!isMapped) return place;
  text[place++] = colon;
  return writeIpv4(text, place, get32(bytes, at + 12));
}

const gap = { first: groups, count: 0 };

/** Of the groups that are 0 the longest run, the first of several: at least two, or there is none. */
function longestGap(bytes: Uint8Array, at: number): typeof gap {
  gap.first = groups;
  gap.count = 1;
  for (let group = 0; group < groups; group++) {
    let end = group;
    while (end < groups && get16(bytes, at + 2 * end) === 0) end++;
    if (end - group > gap.count) {
      gap.first = group;
      gap.count = end - group;
    }
    group = Math.max(group, end);
  }
  return gap;
}

function writeGroup(text: Uint8Array, textAt: number, value: number): number {
  let place = textAt;
  for (let shift = 12; shift >= 0; shift -= 4)
    if (shift === 0 || value >>> shift !== 0) text[place++] = hexDigit((value >>> shift) & 0x0f);
  return place;
}

/**
 * Reads the text from `textAt` to `end`, all of which must be one address without a zone, into the 16 bytes at `at`. False, and
 * nothing written, when it is none.
 */
export function readAddress(
  text: Uint8Array,
  textAt: number,
  end: number,
  bytes: Uint8Array,
  at: number,
): boolean {
  let place = textAt;
  let filled = 0; // bytes of scratch
  let gapAt = -1;
  if (end - place >= 2 && get8(text, place) === colon) {
    if (get8(text, place + 1) !== colon) return false;
    gapAt = 0;
    place += 2;
  }
  while (place < end) {
    if (filled === bytesInAll) return false;
    const groupEnd = endOfGroup(text, place, end);
    if (groupEnd < end && get8(text, groupEnd) === dot) {
      if (filled > bytesInAll - 4 || !readIpv4(text, place, end, scratch, filled)) return false;
      filled += 4;
      break;
    }
    if (groupEnd === place || groupEnd - place > 4) return false;
    put16(scratch, filled, groupOf(text, place, groupEnd));
    filled += 2;
    place = groupEnd;
    if (place === end) break;
    if (get8(text, place++) !== colon || place === end) return false;
    if (get8(text, place) !== colon) continue;
    if (gapAt >= 0) return false;
    gapAt = filled;
    place++;
  }
  if (gapAt < 0 ? filled !== bytesInAll : filled > bytesInAll - 2) return false;
  spread(bytes, at, filled, gapAt < 0 ? filled : gapAt);
  return true;
}

function endOfGroup(text: Uint8Array, at: number, end: number): number {
  let place = at;
  while (place < end && hexValue(get8(text, place)) >= 0) place++;
  return place;
}

function groupOf(text: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let place = at; place < end; place++) value = (value << 4) | hexValue(get8(text, place));
  return value;
}

/** Copies the bytes that were read, with zeros between those before the gap and those behind it. */
function spread(bytes: Uint8Array, at: number, filled: number, gapAt: number): void {
  const behind = bytesInAll - filled;
  for (let i = bytesInAll - 1; i >= 0; i--) {
    const from = i < gapAt ? i : i - behind;
    bytes[at + i] = i >= gapAt && i < gapAt + behind ? 0 : scratch[from]!;
  }
}

/** The 16 bytes at `at` as text, as RFC 5952 has it: lower case, the longest run of zeros left out. */
export function formatAddress(bytes: Uint8Array, at = 0): string {
  return textOf(codes, writeAddress(codes, 0, bytes, at));
}

/** The 16 bytes of an address. @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` for anything else, and for a zone. */
export function parseAddress(text: string): Uint8Array {
  const address = new Uint8Array(bytesInAll);
  if (typeof text === 'string' && readAddress(codes, 0, codesOf(text, codes), address, 0)) return address;
  throw invalidArgument(`${describe(text)} is not an IPv6 address`, 'write it as fd00::1, without a zone');
}
