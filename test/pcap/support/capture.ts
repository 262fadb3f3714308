import { bytes, classicHeader, classicRecord } from './builder.ts';

const nanoseconds = 0xa1b23c4d;

/** Frames of many lengths, some nanoseconds apart. */
export function capture(count: number, lengthOf = (i: number) => 14 + ((i * 37) % 1500)): Buffer {
  const records = Array.from({ length: count }, (_, i) =>
    classicRecord('little', bytes(lengthOf(i), i), {
      seconds: 1_700_000_000 + Math.floor(i / 10),
      fraction: 999_999_000 + i,
    }),
  );
  return Buffer.concat([classicHeader('little', { magic: nanoseconds }), ...records]);
}
