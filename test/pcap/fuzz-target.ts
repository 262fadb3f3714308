import assert from 'node:assert/strict';
import { CaptureDecoder, CaptureFileError, maxCapturedBytes } from '../../src/pcap/index.ts';

/** What a file came to: the same, whatever pieces it came in. */
interface Outcome {
  frames: number;
  /** Of everything that was read of the frames. */
  digest: number;
  fault: string;
}

const firstBufferBytes = 4096;
/** The largest block, as a power of two. */
const largestBufferBytes = 524_288;
const maxSeconds = 2 ** 64;

/**
 * Decodes any bytes, three times in different pieces: nothing but the decoder's own error may come, at a place in the file;
 * frames lie in the memory that was used; and that memory follows the bytes that came, not the numbers in them.
 */
export function fuzzCapture(file: Uint8Array): void {
  const whole = decode(file, file.length + 1);
  assert.deepEqual(decode(file, 1009), whole);
  if (file.length < 4096) assert.deepEqual(decode(file, 1), whole);
}

function decode(file: Uint8Array, chunkLength: number): Outcome {
  const decoder = new CaptureDecoder('fuzzed', firstBufferBytes);
  const outcome = { frames: 0, digest: 0, fault: '' };
  try {
    for (let at = 0; at < file.length; ) {
      const room = decoder.room();
      assert.ok(room.length > 0);
      const part = file.subarray(at, at + Math.min(room.length, chunkLength));
      room.set(part);
      decoder.added(part.length);
      at += part.length;
      takeFrames(decoder, file, outcome);
      assert.ok(
        decoder.bufferBytes <= Math.min(largestBufferBytes, Math.max(firstBufferBytes, 2 * file.length)),
      );
    }
    const fault = decoder.end();
    outcome.fault = fault?.message ?? '';
  } catch (error) {
    if (!(error instanceof CaptureFileError)) throw error;
    assert.ok(error.offset !== undefined && error.offset >= 0 && error.offset <= file.length);
    outcome.fault = error.message;
  }
  return outcome;
}

function takeFrames(decoder: CaptureDecoder, file: Uint8Array, outcome: Outcome): void {
  let last = -1;
  for (let record = decoder.next(); record !== undefined; record = decoder.next()) {
    const { bytes, position, capturedLength, originalLength, fileOffset, seconds, nanoseconds } = record;
    assert.ok(fileOffset > last, 'every frame takes something of the file');
    last = fileOffset;
    assert.ok(capturedLength >= 0 && capturedLength <= maxCapturedBytes);
    assert.ok(originalLength >= capturedLength && originalLength < 2 ** 32);
    assert.ok(fileOffset + capturedLength <= file.length);
    assert.ok(position >= 0 && position + capturedLength <= bytes.length);
    assert.ok(Number.isInteger(seconds) && Math.abs(seconds) <= maxSeconds + 2 ** 63);
    assert.ok(Number.isInteger(nanoseconds) && nanoseconds >= 0 && nanoseconds < 1e9);
    outcome.frames++;
    for (const value of [seconds, nanoseconds, originalLength, capturedLength, fileOffset, record.fcsLength])
      outcome.digest = mix(outcome.digest, value);
    for (let i = 0; i < capturedLength; i++) outcome.digest = mix(outcome.digest, bytes[position + i]!);
  }
}

function mix(digest: number, value: number): number {
  return (Math.imul(digest ^ (value | 0), 0x01000193) ^ Math.floor(value / 2 ** 32)) | 0;
}
