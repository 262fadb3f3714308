// Options of IPv4 and TCP: a kind, then a length that includes both, then what the kind means. Two kinds are a single byte.
import * as words from './words.ts';

const { get8 } = words;

/** Ends the options before their header does. */
export const endOfOptions = 0;
/** Fills up. */
export const noOperation = 1;

/** Bytes of the option at `at`; 0 when it is not whole before `end`, which is where the header ends. */
export function length(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0;
  if (get8(bytes, at) <= noOperation) return 1;
  if (at + 1 >= end) return 0;
  const all = get8(bytes, at + 1);
  return all >= 2 && at + all <= end ? all : 0;
}

/** Where the option after the one at `at` begins; `end` after the last one, and when what follows is none. */
export function next(bytes: Uint8Array, at: number, end: number): number {
  if (get8(bytes, at) === endOfOptions) return end;
  const after = at + length(bytes, at, end);
  return after > at && length(bytes, after, end) > 0 ? after : end;
}

/** Where the first option of this kind begins, between `at` and `end`; 0: there is none. */
export function find(bytes: Uint8Array, at: number, end: number, kind: number): number {
  if (length(bytes, at, end) === 0) return 0;
  for (let option = at; option < end; option = next(bytes, option, end))
    if (get8(bytes, option) === kind) return option;
  return 0;
}
