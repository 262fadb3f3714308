import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { CaptureFileError, openCapture, readCapture } from '../../src/pcap/index.ts';
import { bytes, classicHeader, classicRecord } from './support/builder.ts';
import { useDirectory } from './support/directory.ts';

const order = 'little';
const record = classicRecord(order, bytes(100));

async function count(reader: AsyncIterable<unknown>): Promise<number> {
  let frames = 0;
  for await (const _ of reader) frames++;
  return frames;
}

describe('the capture reader', () => {
  const path = useDirectory();

  function fileOf(name: string, ...parts: readonly Uint8Array[]): string {
    writeFileSync(path(name), Buffer.concat(parts));
    return path(name);
  }

  it('gives the frames before the fault of a truncated file, then the fault', async () => {
    const file = fileOf('truncated', classicHeader(order), record, record, record.subarray(0, 50));
    let frames = 0;
    await assert.rejects(
      async () => {
        for await (const _ of await openCapture(file)) frames++;
      },
      (error: Error) => {
        assert.ok(error instanceof CaptureFileError);
        assert.equal(error.offset, 24 + 2 * 116 + 50);
        assert.ok(error.message.startsWith(`${file}: byte 306: found the end of the file, expected 66 more`));
        return true;
      },
    );
    assert.equal(frames, 2);
  });

  it('reads a truncated file up to there, if that is allowed', async () => {
    const whole = fileOf('whole', classicHeader(order), record);
    const cut = fileOf('cut', classicHeader(order), record, record.subarray(0, 50));
    for (const [file, truncated] of [
      [whole, false],
      [cut, true],
    ] as const) {
      const reader = await openCapture(file, { allowTruncated: true });
      assert.equal(await count(reader), 1);
      assert.equal(reader.truncated, truncated);
    }
    const header = await openCapture(fileOf('no header', bytes(3)), { allowTruncated: true });
    await assert.rejects(count(header), { code: 'ERR_PMD_CAPTURE_FILE', offset: 0 });
  });

  it('tells why a file can not be opened or read', async () => {
    await assert.rejects(openCapture(path('missing')), {
      name: 'PmdError',
      code: 'ERR_PMD_CAPTURE_FILE',
      message: `${path('missing')}: no such file or directory`,
      syscall: 'open',
      errno: 2,
    });
    await assert.rejects(count(await openCapture('/tmp')), {
      code: 'ERR_PMD_CAPTURE_FILE',
      message: '/tmp: illegal operation on a directory',
      syscall: 'read',
      errno: 21,
    });
  });

  it('goes on taking frames while more is read', async () => {
    const file = fileOf('many', classicHeader(order), ...Array<Buffer>(20_000).fill(record));
    const reader = await openCapture(file);
    let frames = 0;
    let filling: Promise<boolean> | undefined;
    let more = true;
    while (more) {
      const next = reader.next();
      if (next !== undefined) {
        assert.ok(Buffer.from(next.data).equals(bytes(100)));
        frames++;
      }
      if (next === undefined && filling !== undefined) more = await filling;
      if (filling === undefined && reader.availableBytes < 32_768) {
        filling = reader.fill().finally(() => {
          filling = undefined;
        });
      }
    }
    assert.equal(frames, 20_000);
    assert.equal(reader.bufferBytes, 65_536);
    await reader.close();
  });

  it('keeps its buffer when more is asked for than fits', async () => {
    const reader = await openCapture(
      fileOf('few', classicHeader(order), ...Array<Buffer>(2000).fill(record)),
    );
    for (let i = 0; i < 10; i++) assert.equal(await reader.fill(), true);
    assert.equal(reader.bufferBytes, 65_536);
    await reader.close();
    await reader.close();
  });

  it('goes back to the first frame of a file that fits its buffer', async () => {
    const small = await openCapture(
      fileOf('small', classicHeader(order), ...Array<Buffer>(200).fill(record)),
    );
    for (let pass = 0; pass < 3; pass++) {
      let frames = 0;
      do while (small.next() !== undefined) frames++;
      while (await small.fill());
      assert.equal(frames, 200);
      assert.equal(small.ended, true);
      assert.equal(small.rewind(), true);
      assert.equal(small.ended, false);
    }
    await small.close();
    const large = await openCapture(
      fileOf('large', classicHeader(order), ...Array<Buffer>(2000).fill(record)),
    );
    do while (large.next() !== undefined);
    while (await large.fill());
    assert.equal(large.rewind(), false);
    await large.close();
  });

  it('closes its source when the loop is left', async () => {
    let returned = false;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      try {
        yield classicHeader(order);
        for (;;) yield record;
      } finally {
        returned = true;
      }
    }
    for await (const _ of readCapture(chunks())) break;
    assert.ok(returned);
  });

  it("hands a source's own error on", async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield classicHeader(order);
      throw new RangeError('the source');
    }
    await assert.rejects(count(readCapture(chunks())), RangeError);
  });
});
