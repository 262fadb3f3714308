// Writes frames of a pool into a capture that is kept nowhere, and prints the garbage that each leaves, in bytes. A process of its
// own, because what V8 has seen of other frames and encoders in one process costs it garbage.
import { startCapture } from '../../../src/pcap/capture-writer.ts';
import type { CaptureFormat } from '../../../src/pcap/index.ts';
import { garbageOf } from '../../support/garbage.ts';

const frames = 20_000;
const stride = 2240;
const headroom = 128;
const disk = {
  write: async (_buffer: unknown, _offset: unknown, length: number) => ({ bytesWritten: length }),
  truncate: async () => undefined,
  close: async () => undefined,
};

const writer = await startCapture('file', disk, {
  format: process.argv[2] as CaptureFormat,
  bufferBytes: 2 ** 29,
});
const frame = {
  interfaceIndex: 0,
  seconds: 1_700_000_000,
  nanoseconds: 0,
  direction: 'inbound' as const,
  originalLength: 1514,
  capturedLength: 1514,
  bytes: new Uint8Array(64 * stride).fill(7),
  position: 0,
};

const garbage = garbageOf(() => {
  for (let i = 0; i < frames; i++) {
    frame.position = (i & 31) * stride + headroom;
    frame.nanoseconds = i;
    if (!writer.write(frame)) throw new Error('the buffer is too small');
  }
});
await writer.close();
console.log(garbage / frames);
