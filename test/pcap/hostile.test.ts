import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CaptureDecoder,
  type CapturedFrame,
  createCapture,
  openCapture,
  readCapture,
} from '../../src/pcap/index.ts';
import { pmdError } from '../support/errors.ts';

// Values that are not what they say: what is checked must be what is used.

const invalid = pmdError('ERR_PMD_INVALID_ARGUMENT');

const frameOf = (bytes: Uint8Array, length: number): CapturedFrame => ({
  ...{ interfaceIndex: 0, seconds: 1, nanoseconds: 2, direction: 'unknown' },
  ...{ originalLength: length, capturedLength: length, bytes, position: 0 },
});

async function* one(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}

describe('a capture, given hostile values', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'vfio-pmd-hostile-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  it('writes the bytes that a frame has, whatever properties of its own say', async () => {
    const path = join(directory, 'forged');
    const writer = await createCapture(path, { format: 'pcap' });
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);
    const forged = { length: 1000, byteLength: 0, byteOffset: 4, buffer: new ArrayBuffer(8) };
    for (const [name, value] of Object.entries(forged)) Object.defineProperty(bytes, name, { value });
    assert.throws(() => writer.write(frameOf(bytes, 65)), invalid);
    for (const position of [0, 1])
      assert.ok(writer.write({ ...frameOf(bytes, 60), position, originalLength: 60 }));
    await writer.close();
    const written: number[][] = [];
    for await (const { data } of await openCapture(path)) written.push([...data]);
    assert.deepEqual(
      written,
      [0, 1].map((first) => Array.from({ length: 60 }, (_, i) => first + i)),
    );
  });

  it('refuses a frame that is none, and bytes that only look like a Uint8Array', async () => {
    const writer = await createCapture(join(directory, 'none'), { format: 'pcapng' });
    const forged = Object.create(Uint8Array.prototype) as Uint8Array;
    for (const frame of [null, undefined, 7, 'x', frameOf(forged, 0)])
      assert.throws(() => writer.write(frame as CapturedFrame), invalid);
    assert.equal(writer.frames, 0);
    await writer.close();
  });

  it('keeps its frames when the statistics to end with cannot be', async () => {
    const path = join(directory, 'kept');
    const writer = await createCapture(path, { format: 'pcapng' });
    writer.write(frameOf(new Uint8Array(60), 60));
    await assert.rejects(writer.close({ end: 7 } as never), invalid);
    await assert.rejects(writer.flush(), invalid);
    let read = 0;
    for await (const _ of await openCapture(path)) read++;
    assert.equal(read, 1);
  });

  it('reads the bytes that a chunk has, and refuses what only looks like one', async () => {
    const chunk = new Uint8Array(100);
    for (const [name, value] of Object.entries({
      length: 7,
      byteLength: 7,
      subarray: () => assert.fail('called'),
    }))
      Object.defineProperty(chunk, name, { value });
    const forged = Object.create(Uint8Array.prototype) as Uint8Array;
    const reader = readCapture(one(chunk));
    await reader.fill();
    assert.equal(reader.availableBytes, 100);
    await assert.rejects(readCapture(one(forged)).fill(), invalid);
  });

  it('counts no bytes that do not fit the room that it gave', () => {
    const decoder = new CaptureDecoder('x', 64);
    for (const count of [65, -1, 0.5, Number.NaN, '1', undefined])
      assert.throws(() => decoder.added(count as number), invalid);
    assert.equal(decoder.available, 0);
    decoder.added(64);
    assert.throws(() => decoder.added(1), invalid);
  });
});
