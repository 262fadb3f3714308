import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  type CapturedFrame,
  type CaptureFormat,
  type CaptureReader,
  type CaptureWriter,
  createCapture,
  openCapture,
  readCapture,
} from '../../src/pcap/index.ts';
import { decode, type KeptFrame, keep } from './support/decode.ts';
import { useDirectory } from './support/directory.ts';
import { anyFrame, type FrameFields, placed } from './support/frames.ts';

const chunkLengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.nat(70_000)), {
  minLength: 1,
  maxLength: 5,
});

function fieldsOf(frame: KeptFrame): FrameFields {
  const { interfaceIndex, seconds, nanoseconds, direction, originalLength, data } = frame;
  return { interfaceIndex, seconds, nanoseconds, direction, originalLength, data: Uint8Array.from(data) };
}

async function writeAll(writer: CaptureWriter, frames: readonly CapturedFrame[]): Promise<void> {
  for (const frame of frames) while (!writer.write(frame)) await writer.flush();
  await writer.close();
}

async function collect(reader: CaptureReader): Promise<KeptFrame[]> {
  const frames: KeptFrame[] = [];
  for await (const record of reader) frames.push(keep(record));
  return frames;
}

describe('what is written is read', () => {
  const path = useDirectory();

  for (const [format, interfaces] of [
    ['pcap', 1],
    ['pcapng', 3],
  ] satisfies [CaptureFormat, number][]) {
    const frames = fc.array(anyFrame(format, interfaces), { maxLength: 60 });

    it(`${format}, from any place in memory, in chunks of any size`, async () => {
      await fc.assert(
        fc.asyncProperty(frames, fc.nat(9), chunkLengths, async (frames, position, chunks) => {
          const file = path(`any.${format}`);
          const writer = await createCapture(file, {
            format,
            interfaces: Array.from({ length: interfaces }, (_, i) => ({ name: `port ${i}` })),
            bufferBytes: 2 ** 19,
          });
          await writeAll(
            writer,
            frames.map((frame) => placed(frame, position)),
          );
          const written = readFileSync(file);
          assert.equal(writer.writtenBytes, written.length);
          const read = decode(written, chunks);
          assert.equal(read.error, undefined);
          assert.deepEqual(read.frames.map(fieldsOf), frames);
          assert.deepEqual(await collect(await openCapture(file)), read.frames);
        }),
        { numRuns: 60 },
      );
    });

    it(`${format}, cut to the snap length`, async () => {
      await fc.assert(
        fc.asyncProperty(frames, fc.integer({ min: 1, max: 200 }), async (frames, snapLength) => {
          const file = path(`cut.${format}`);
          const options = { format, snapLength, interfaces: Array<object>(interfaces).fill({}) };
          await writeAll(
            await createCapture(file, options),
            frames.map((frame) => placed(frame)),
          );
          assert.deepEqual(
            decode(readFileSync(file)).frames.map(fieldsOf),
            frames.map((frame) => ({ ...frame, data: frame.data.slice(0, snapLength) })),
          );
        }),
        { numRuns: 30 },
      );
    });
  }

  it('over a stream of chunks', async () => {
    const file = path('stream');
    const [frame] = fc.sample(anyFrame('pcapng', 1), { numRuns: 1, seed: 1 });
    const frames = Array<CapturedFrame>(1000).fill(placed(frame!));
    await writeAll(await createCapture(file, { format: 'pcapng' }), frames);
    const written = readFileSync(file);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < written.length; at += 1009) yield written.subarray(at, at + 1009);
      yield new Uint8Array(0);
    }
    const read = await collect(readCapture(chunks(), { bufferBytes: 4096 }));
    assert.equal(read.length, 1000);
    assert.deepEqual(read, decode(written).frames);
  });
});
