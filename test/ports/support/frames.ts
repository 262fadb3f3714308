import assert from 'node:assert/strict';
import type { Burst, Port } from '../../../src/index.ts';

/** A frame of `length` bytes for a port, that its number determines. */
export function numbered(to: Port, length: number, number: number): Buffer {
  const frame = Buffer.alloc(length, number & 0xff);
  frame.write(to.mac.replaceAll(':', ''), 'hex');
  frame.write('020000000001', 6, 'hex');
  frame.writeUInt16BE(0x88b5, 12);
  frame.writeUInt32BE(number, 14);
  return frame;
}

/** How long the frame with a number is, where lengths vary. */
export const lengthOf = (number: number) => 60 + ((number * 37) % 1455);

/** Checks that frames from `expected` on have arrived whole; returns the number of the next. */
export function check(burst: Burst, to: Port, expected: number): number {
  for (let i = 0; i < burst.count; i++) {
    const number = expected + i;
    if (!burst.frame(i).equals(numbered(to, lengthOf(number), number)))
      assert.fail(`frame ${number} is another`);
  }
  return expected + burst.count;
}

export const fromHex = (text: string) => Buffer.from(text.replaceAll(/[ :]/g, ''), 'hex');
