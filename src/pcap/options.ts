import { type DecoderInput, fault } from './format-decoder.ts';

const optionHeaderBytes = 4;

/** Options of a block: where they are, counted from the window's start. */
export interface OptionsArea {
  from: number;
  to: number;
}

/** Rounds up to pcapng's alignment. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/**
 * Where the value of the first option of this code is, counted from the window's start, or -1. Other options are passed over,
 * and all up to it are checked to lie in the area. The value's length must be `length`, if given.
 */
export function findOption(
  input: DecoderInput,
  { from, to }: OptionsArea,
  code: number,
  length?: number,
): number {
  const { window } = input;
  let at = from;
  while (to - at >= optionHeaderBytes) {
    const found = window.u16(at);
    if (found === 0) return -1;
    const valueLength = window.u16(at + 2);
    const value = at + optionHeaderBytes;
    if (padded(valueLength) > to - value) {
      fault(input, at + 2, {
        found: `an option of ${valueLength} bytes`,
        expected: `at most ${to - value}, up to the end of its block`,
      });
    }
    if (found === code) {
      if (length !== undefined && valueLength !== length) {
        fault(input, at + 2, {
          found: `${valueLength} bytes for option ${code}`,
          expected: `${length}`,
        });
      }
      return value;
    }
    at = value + padded(valueLength);
  }
  return -1;
}
