import assert from 'node:assert/strict';
import { readCapture } from '../../src/pcap/index.ts';
import {
  block,
  bytes,
  classicHeader,
  classicRecord,
  describeInterface,
  enhancedPacket,
  option,
  section,
} from './support/builder.ts';
import { decode } from './support/decode.ts';

const order = 'little';
const firstBufferBytes = 65_536;

async function* repeat(head: Uint8Array, chunk: Uint8Array, count: number): AsyncGenerator<Uint8Array> {
  yield head;
  for (let i = 0; i < count; i++) yield chunk;
}

function bytesInUse(): number {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('what a capture file costs in memory', () => {
  it('is not what its lengths say', () => {
    const head = Buffer.concat([section(order), describeInterface(order)]);
    const liars = [
      Buffer.concat([classicHeader(order), classicRecord(order, bytes(9), { captured: 262_144 })]),
      Buffer.concat([classicHeader(order), classicRecord(order, bytes(9), { captured: 0xffff_ffff })]),
      Buffer.concat([head, block(order, 6, bytes(40), { length: 524_288 })]),
      Buffer.concat([head, block(order, 99, bytes(40), { length: 0xffff_fffc })]),
      Buffer.concat([head, enhancedPacket(order, bytes(9), { captured: 0xffff_fff0 })]),
      block(order, 0x0a0d0d0a, section(order).subarray(8, 24), { length: 500_000 }),
    ];
    for (const file of liars) {
      const { error, bufferBytes } = decode(file);
      assert.ok(error !== undefined);
      assert.equal(bufferBytes, firstBufferBytes);
    }
  });

  it('is at most the largest block, in a power of two', () => {
    const largest = enhancedPacket(order, bytes(262_144), { options: option(order, 1, bytes(60_000)) });
    const { frames, bufferBytes } = decode(
      Buffer.concat([section(order), describeInterface(order), largest]),
      [1000],
    );
    assert.equal(frames.length, 1);
    assert.equal(bufferBytes, 524_288);
  });

  const name = option(order, 2, Buffer.alloc(255, 'x'));
  const sectionOfInterfaces = Buffer.concat([
    section(order),
    ...Array<Buffer>(65_536).fill(describeInterface(order, { options: name })),
    enhancedPacket(order, bytes(60), { interfaceIndex: 65_535 }),
  ]);
  const endless: [name: string, head: Uint8Array, chunk: Uint8Array, count: number, allowedBytes: number][] =
    [
      [
        'frames of 0 bytes',
        classicHeader(order),
        Buffer.concat(Array<Buffer>(4096).fill(classicRecord(order, bytes(0)))),
        500,
        65_536,
      ],
      [
        'a block that does not end',
        Buffer.concat([section(order), block(order, 99, bytes(4), { length: 0xffff_fffc })]),
        bytes(65_536),
        1000,
        65_536,
      ],
      [
        'sections with all interfaces that are allowed',
        bytes(0),
        sectionOfInterfaces,
        4,
        2 * sectionOfInterfaces.length, // names as in the file, and what is kept beside them
      ],
    ];
  for (const [name, head, chunk, count, allowedBytes] of endless) {
    it(`does not grow with ${name}`, async () => {
      const reader = readCapture(repeat(head, chunk, count), { allowTruncated: true });
      let frames = 0;
      let before = Number.NaN;
      do {
        while (reader.next() !== undefined) frames++;
        if (Number.isNaN(before)) before = bytesInUse();
      } while (await reader.fill());
      const grown = bytesInUse() - before;
      assert.ok(grown < allowedBytes + 65_536 * 4, `${grown} bytes more after ${frames} frames`);
      assert.ok(reader.bufferBytes <= 2 * firstBufferBytes);
      await reader.close();
    });
  }
});
