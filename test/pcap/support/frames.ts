import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CapturedFrame, type CaptureFormat, createCapture } from '../../../src/pcap/index.ts';

/** What a test knows of a frame beside where it lies. */
export interface FrameFields extends Omit<CapturedFrame, 'bytes' | 'position' | 'capturedLength'> {
  data: Uint8Array;
}

const length = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 100 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 1600 }) },
  { weight: 1, arbitrary: fc.constantFrom(65_535, 262_144) },
);

/** Frames that the format can hold all of, from so many interfaces. */
export function anyFrame(format: CaptureFormat, interfaces: number): fc.Arbitrary<FrameFields> {
  return fc
    .record({
      interfaceIndex: fc.nat(interfaces - 1),
      seconds: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
      direction:
        format === 'pcap'
          ? fc.constant('unknown' as const)
          : fc.constantFrom('unknown' as const, 'inbound' as const, 'outbound' as const),
      length,
      more: fc.oneof(fc.constant(0), fc.nat(10_000)),
      seed: fc.nat(255),
    })
    .map(({ length, more, seed, ...fields }) => ({
      ...fields,
      originalLength: length + more,
      data: Uint8Array.from({ length }, (_, i) => (seed + i * 31 + (i >> 8)) & 0xff),
    }));
}

/** Lays a frame at a place of a buffer of its own, so that every alignment is met. */
export function placed({ data, ...fields }: FrameFields, position = 0): CapturedFrame {
  const bytes = new Uint8Array(position + data.length + 5).fill(0xee);
  bytes.set(data, position);
  return { ...fields, capturedLength: data.length, bytes, position };
}

/** Writes whole frames, which all came at one time, into a pcap file. */
export async function writeFrames(file: string, frames: Iterable<Uint8Array>): Promise<void> {
  const writer = await createCapture(file, { format: 'pcap', bufferBytes: 2 ** 23 });
  for (const data of frames) {
    const fields = { interfaceIndex: 0, seconds: 1, nanoseconds: 0, direction: 'unknown' as const };
    assert.ok(writer.write(placed({ ...fields, originalLength: data.length, data })), 'the buffer has room');
  }
  await writer.close();
}
