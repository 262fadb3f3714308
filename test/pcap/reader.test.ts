import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { CaptureDecoder, CaptureFileError, openCapture, readCapture } from '../../src/pcap/index.ts';
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

  it('refuses wrong options before anything is opened', async () => {
    const wrong: [options: object, message: RegExp][] = [
      [{ bufferBytes: 0 }, /bufferBytes is 0/],
      [{ bufferBytes: -1 }, /bufferBytes is -1/],
      [{ bufferBytes: Number.NaN }, /bufferBytes is NaN/],
      [{ bufferBytes: 'x' }, /bufferBytes is "x"/],
      [{ bufferBytes: 2 ** 31 }, /bufferBytes is 2147483648/],
      [{ allowTruncated: 1 }, /allowTruncated is 1/],
      [{ name: 7 }, /name is 7/],
      [{ nmae: 'x' }, /no option "nmae"/],
    ];
    const open = () => readdirSync('/proc/self/fd').length;
    const file = fileOf('options', classicHeader(order), record);
    const before = open();
    for (const [options, message] of wrong) {
      const expected = { code: 'ERR_PMD_INVALID_ARGUMENT', message };
      await assert.rejects(openCapture(file, options), expected);
      assert.throws(() => readCapture((async function* () {})(), options), expected);
    }
    for (const path of [undefined, '', 7, 'a\0b'])
      await assert.rejects(openCapture(path as string), { code: 'ERR_PMD_INVALID_ARGUMENT' });
    for (const chunks of [undefined, [1], 'text'])
      assert.throws(() => readCapture(chunks as never), { code: 'ERR_PMD_INVALID_ARGUMENT' });
    assert.throws(() => new CaptureDecoder('x', Number.NaN), { code: 'ERR_PMD_INVALID_ARGUMENT' });
    assert.equal(open(), before);
  });

  it('refuses a chunk that is not bytes', async () => {
    async function* chunks() {
      yield classicHeader(order);
      yield 'text' as unknown as Uint8Array;
    }
    await assert.rejects(count(readCapture(chunks())), { code: 'ERR_PMD_INVALID_ARGUMENT' });
  });

  describe('of gzip data', () => {
    const plain = Buffer.concat([classicHeader(order), ...Array<Buffer>(5000).fill(record)]);
    const packed = gzipSync(plain);

    it('unpacks them', async () => {
      assert.equal(await count(await openCapture(fileOf('packed.gz', packed))), 5000);
      const halves = [gzipSync(plain.subarray(0, 100_001)), gzipSync(plain.subarray(100_001))];
      assert.equal(await count(await openCapture(fileOf('members.gz', ...halves))), 5000);
    });

    it('unpacks chunks that are cut anywhere', async () => {
      async function* bytewise() {
        for (const byte of packed) yield Uint8Array.of(byte);
      }
      assert.equal(await count(readCapture(bytewise())), 5000);
    });

    it('goes back to the first frame', async () => {
      const reader = await openCapture(fileOf('rewound.gz', gzipSync(plain.subarray(0, 24 + 116 * 20))));
      for (let pass = 0; pass < 2; pass++) {
        let frames = 0;
        do while (reader.next() !== undefined) frames++;
        while (await reader.fill());
        assert.equal(frames, 20);
        assert.ok(reader.rewind());
      }
      await reader.close();
    });

    it('tells of an end in the middle, after the frames before it', async () => {
      const file = fileOf('cut.gz', packed.subarray(0, packed.length / 2));
      const reader = await openCapture(file, { allowTruncated: true });
      const frames = await count(reader);
      assert.ok(frames > 0 && frames < 5000, `${frames} frames`);
      assert.equal(reader.truncated, true);
      await assert.rejects(count(await openCapture(file)), {
        code: 'ERR_PMD_CAPTURE_FILE',
        offset: Math.floor(packed.length / 2),
        message: /cut\.gz: byte \d+: found the end of the file, expected the rest of its gzip data/,
      });
    });

    it('tells of damage, and of faults in what comes out', async () => {
      const damaged = Uint8Array.from(packed);
      damaged.fill(0xff, 40, 60);
      await assert.rejects(count(await openCapture(fileOf('damaged.gz', damaged))), {
        code: 'ERR_PMD_CAPTURE_FILE',
        message: /damaged\.gz: its gzip data can't be unpacked: .* \(gzip -t/,
      });
      await assert.rejects(count(await openCapture(fileOf('text.gz', gzipSync('a text')))), {
        code: 'ERR_PMD_CAPTURE_FILE',
        message: /text\.gz, unpacked: byte 0: found 0x61207465/,
      });
    });

    it('lets the source go when the loop is left', async () => {
      const before = readdirSync('/proc/self/fd').length;
      for await (const _ of await openCapture(fileOf('left.gz', packed))) break;
      assert.equal(readdirSync('/proc/self/fd').length, before);
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
