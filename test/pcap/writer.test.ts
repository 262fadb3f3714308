import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PmdError } from '../../src/core/errors.ts';
import { startCapture } from '../../src/pcap/capture-writer.ts';
import {
  type CapturedFrame,
  CaptureFileError,
  type CaptureFormat,
  type CaptureStatistics,
  type CaptureWriter,
  type CaptureWriterOptions,
  createCapture,
} from '../../src/pcap/index.ts';
import type { WritableFile } from '../../src/pcap/output-file.ts';
import { skip } from '../support/skip.ts';
import { bytes, option, pack, section } from './support/builder.ts';
import { decode } from './support/decode.ts';
import { useDirectory } from './support/directory.ts';

const formats: readonly CaptureFormat[] = ['pcap', 'pcapng'];

function frameOf(data: Uint8Array, fields: Partial<CapturedFrame> = {}): CapturedFrame {
  return {
    interfaceIndex: 0,
    seconds: 1_700_000_000,
    nanoseconds: 123_456_789,
    direction: 'inbound',
    originalLength: data.length,
    capturedLength: data.length,
    bytes: data,
    position: 0,
    ...fields,
  };
}

/** A disk of so many bytes, on which a write may stop short. */
class SmallDisk implements WritableFile {
  contents = Buffer.alloc(0);
  closed = false;
  readonly #capacity: number;
  #release: (() => void) | undefined;
  #gate: Promise<void> = Promise.resolve();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Writes wait from here on, until {@link release}. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#release?.();
  }

  async write(buffer: Uint8Array, offset: number, length: number): Promise<{ bytesWritten: number }> {
    await this.#gate;
    const bytesWritten = Math.min(length, this.#capacity - this.contents.length);
    if (bytesWritten === 0) throw Object.assign(new Error('full'), { errno: -28, syscall: 'write' });
    this.contents = Buffer.concat([this.contents, buffer.subarray(offset, offset + bytesWritten)]);
    return { bytesWritten };
  }

  async truncate(length: number): Promise<void> {
    this.contents = this.contents.subarray(0, length);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

describe('the capture writer', () => {
  const path = useDirectory();

  it('says in pcapng who captured, where, and how many frames', async () => {
    const order = 'little';
    const text = (code: number, value: string) => option(order, code, Buffer.from(value));
    const end = option(order, 0, bytes(0));
    const file = path('described');
    const writer = await createCapture(file, {
      format: 'pcapng',
      application: 'vfio-pmd 1',
      os: 'Linux 6',
      hardware: 'a CPU',
      snapLength: 1000,
      interfaces: [{ name: 'emu:a', description: 'one', mac: '02:00:00:00:00:0a', speedMbps: 10_000 }, {}],
    });
    await writer.close({
      start: { seconds: 1, nanoseconds: 5 },
      end: { seconds: 5, nanoseconds: 0 },
      interfaces: [
        { receivedFrames: 2 ** 33 + 1, droppedFrames: 0 },
        { receivedFrames: 3, droppedFrames: null },
      ],
    });
    const time = (units: bigint) => pack(order, [4, units >> 32n], [4, units & 0xffff_ffffn]);
    const block = (type: number, ...body: Uint8Array[]) => {
      const length = 12 + body.reduce((sum, part) => sum + part.length, 0);
      return pack(order, [4, type], [4, length], ...body, [4, length]);
    };
    const statistics = (index: number, ...counts: Uint8Array[]) =>
      block(
        5,
        pack(order, [4, index]),
        time(5_000_000_000n),
        option(order, 2, time(1_000_000_005n)),
        option(order, 3, time(5_000_000_000n)),
        ...counts,
        end,
      );
    const count = (code: number, value: number) => option(order, code, pack(order, [8, value]));
    const head = pack(order, [2, 1], [2, 0], [4, 1000]);
    const nanoseconds = option(order, 9, Uint8Array.of(9));
    assert.deepEqual(
      readFileSync(file),
      Buffer.concat([
        section(order, Buffer.concat([text(2, 'a CPU'), text(3, 'Linux 6'), text(4, 'vfio-pmd 1'), end])),
        block(
          1,
          head,
          text(2, 'emu:a'),
          text(3, 'one'),
          option(order, 6, Uint8Array.of(2, 0, 0, 0, 0, 10)),
          count(8, 10_000_000_000),
          nanoseconds,
          end,
        ),
        block(1, head, nanoseconds, end),
        statistics(0, count(4, 2 ** 33 + 1), count(5, 0)),
        statistics(1, count(4, 3)),
      ]),
    );
  });

  for (const format of formats) {
    it(`leaves a valid ${format} file when the disk is full, wherever that is`, async () => {
      const frames = Array.from({ length: 3 }, (_, i) => frameOf(bytes(60 + i, i)));
      const whole = new SmallDisk(1e6);
      const ends = await writeSlowly(whole, format, frames);
      for (let capacity = ends[0]!; capacity < whole.contents.length; capacity++) {
        const disk = new SmallDisk(capacity);
        const writer = await startCapture('file', disk, { format });
        for (const frame of frames) writer.write(frame);
        const full = (error: Error) => {
          assert.ok(error instanceof CaptureFileError);
          assert.equal(error.errno, 28);
          assert.equal(error.offset, disk.contents.length);
          assert.match(error.message, /^file: no space left on device \(the \d+ bytes before are good\)$/);
          return true;
        };
        await assert.rejects(writer.flush(), full);
        assert.throws(() => writer.write(frames[0]!), full);
        await assert.rejects(writer.close({ end: { seconds: 1, nanoseconds: 0 }, interfaces: [{}] }), full);
        assert.ok(disk.closed);
        const kept = ends.filter((end) => end <= capacity).length - 1;
        assert.equal(disk.contents.length, ends[kept]);
        assert.equal(writer.writtenBytes, ends[kept]);
        const read = decode(disk.contents);
        assert.equal(read.error, undefined);
        assert.equal(read.frames.length, kept);
      }
    });

    it(`says so when not even what a ${format} file begins with fits`, async () => {
      const disk = new SmallDisk(10);
      await assert.rejects(startCapture('file', disk, { format }), {
        code: 'ERR_PMD_CAPTURE_FILE',
        offset: 0,
      });
      assert.ok(disk.closed);
      assert.equal(disk.contents.length, 0);
    });
  }

  it('leaves a valid file on a real disk that is full', async function () {
    const mount = path('small-disk');
    mkdirSync(mount);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount], { stdio: 'pipe' });
    } catch (error) {
      skip(this, `no small file system to fill: ${(error as Error).message.trim()}`);
    }
    try {
      const file = `${mount}/full.pcapng`;
      const writer = await createCapture(file, { format: 'pcapng' });
      const frame = frameOf(bytes(1500));
      await assert.rejects(
        async () => {
          for (;;) if (!writer.write(frame)) await writer.flush();
        },
        { code: 'ERR_PMD_CAPTURE_FILE', errno: 28, syscall: 'write' },
      );
      await assert.rejects(writer.close(), { errno: 28 });
      const read = decode(readFileSync(file));
      assert.equal(read.error, undefined);
      assert.ok(read.frames.length > 600, `${read.frames.length} frames`);
      assert.equal(statSync(file).size, writer.writtenBytes);
    } finally {
      execFileSync('umount', [mount]);
    }
  });

  it('tells why a file can not be created or written', async () => {
    await assert.rejects(createCapture(path('no/where'), { format: 'pcap' }), {
      code: 'ERR_PMD_CAPTURE_FILE',
      message: `${path('no/where')}: no such file or directory`,
      syscall: 'open',
    });
    if (!existsSync('/dev/full')) return;
    await assert.rejects(createCapture('/dev/full', { format: 'pcap' }), { errno: 28, syscall: 'write' });
  });

  it('takes no frame while both buffers wait for the disk, and loses none that it took', async () => {
    const disk = new SmallDisk(1e9);
    const writer = await startCapture('file', disk, { format: 'pcap', bufferBytes: 2 ** 19 });
    disk.hold();
    let taken = 0;
    const frame = () => frameOf(bytes(1000, taken));
    while (writer.write(frame())) taken++;
    assert.equal(taken, 2 * Math.floor(2 ** 19 / 1016));
    assert.equal(writer.write(frame()), false);
    assert.equal(writer.frames, taken);
    disk.release();
    await writer.flush();
    assert.ok(writer.write(frame()));
    await writer.close();
    const { frames } = decode(disk.contents);
    assert.equal(frames.length, taken + 1);
    frames.forEach(({ data }, i) => {
      assert.equal(data[0], i & 0xff);
    });
  });

  for (const format of formats) {
    it(`writes frames of a pool into ${format} without garbage`, () => {
      const program = join(import.meta.dirname, 'support/garbage-program.ts');
      const options = ['--import=tsx', '--expose-gc', program, format];
      const garbage = Number(execFileSync(process.execPath, options, { encoding: 'utf8' }));
      assert.ok(garbage < 40, `${garbage} bytes per frame`);
    });
  }

  it('refuses wrong options before a file is made', async () => {
    const wrong: [options: object, message: RegExp][] = [
      [{ format: 'erf' }, /format is "erf"/],
      [{ format: 'pcap', snaplen: 3 }, /no option "snaplen"/],
      [{ format: 'pcap', snapLength: 0 }, /snapLength is 0/],
      [{ format: 'pcap', snapLength: 262_145 }, /snapLength is 262145/],
      [{ format: 'pcap', bufferBytes: 4096 }, /bufferBytes is 4096/],
      [{ format: 'pcap', interfaces: [{}, {}] }, /number of interfaces is 2/],
      [{ format: 'pcapng', interfaces: Object.assign([{}], { 2: {} }) }, /interfaces\[1\] is undefined/],
      [{ format: 'pcapng', interfaces: { length: 1, 0: {} } }, /interfaces is a value of type object/],
      [{ format: 'pcapng', interfaces: Array(1025).fill({}) }, /interfaces is a list of 1025/],
      [{ format: 'pcapng', interfaces: [] }, /number of interfaces is 0/],
      [{ format: 'pcapng', interfaces: [{ mac: 'x' }] }, /MAC/],
      [{ format: 'pcapng', interfaces: [{}, { speedMbps: -1 }] }, /interfaces\[1\].speedMbps is -1/],
      [{ format: 'pcapng', interfaces: [{ linkType: 65_536 }] }, /linkType is 65536/],
      [{ format: 'pcapng', os: 'x'.repeat(1025) }, /os is /],
    ];
    for (const [options, message] of wrong) {
      await assert.rejects(createCapture(path('wrong'), options as CaptureWriterOptions), (error: Error) => {
        assert.ok(error instanceof PmdError);
        assert.equal(error.code, 'ERR_PMD_INVALID_ARGUMENT');
        assert.match(error.message, message);
        return true;
      });
    }
    assert.ok(!existsSync(path('wrong')));
  });

  it('keeps a file that is there when its path or an option is wrong', async () => {
    writeFileSync(path('kept'), 'kept');
    await assert.rejects(createCapture(path('kept'), { format: 'pcapng', interfaces: Array(1) as [] }), {
      code: 'ERR_PMD_INVALID_ARGUMENT',
    });
    assert.equal(readFileSync(path('kept'), 'utf8'), 'kept');
    for (const wrong of ['', 'a\0b', 7, undefined]) {
      await assert.rejects(createCapture(wrong as string, { format: 'pcap' }), {
        code: 'ERR_PMD_INVALID_ARGUMENT',
      });
    }
  });

  it('uses the options that it checked, whatever they say when asked again', async () => {
    let asked = 0;
    const interfaces = {
      get name() {
        return asked++ === 0 ? 'first' : 'x'.repeat(70_000);
      },
    };
    const file = path('getter.pcapng');
    await (await createCapture(file, { format: 'pcapng', interfaces: [interfaces] })).close();
    assert.ok(readFileSync(file).includes('first'));
    assert.equal(asked, 1);
  });

  it('refuses statistics that can not be, and closes the file all the same', async () => {
    const end = { seconds: 1, nanoseconds: 0 };
    const wrong: object[] = [
      { end, interfaces: Array(1) },
      { end, interfaces: [] },
      { end, interfaces: [{ receivedFrames: -1 }] },
      { end, interfaces: [{ droppedFrames: Number.NaN }] },
      { end: { seconds: 2 ** 40, nanoseconds: 0 }, interfaces: [{}] },
      { interfaces: [{}] },
    ];
    for (const statistics of wrong) {
      const file = path('statistics.pcapng');
      const writer = await createCapture(file, { format: 'pcapng' });
      await assert.rejects(writer.close(statistics as CaptureStatistics), {
        code: 'ERR_PMD_INVALID_ARGUMENT',
      });
      assert.equal(decode(readFileSync(file)).error, undefined);
      assert.throws(() => writer.write(frameOf(bytes(60))), { code: 'ERR_PMD_CLOSED' });
    }
  });

  it('refuses frames that can not be, and takes nothing of them', async () => {
    for (const format of formats) {
      const file = path(`refused.${format}`);
      const writer = await createCapture(file, { format });
      const data = bytes(60);
      const wrong: Partial<CapturedFrame>[] = [
        { interfaceIndex: 1 },
        { interfaceIndex: -1 },
        { seconds: -1 },
        { seconds: 0.5 },
        { seconds: format === 'pcap' ? 2 ** 32 : 2 ** 35 },
        { nanoseconds: 1e9 },
        { capturedLength: 61, originalLength: 61 },
        { capturedLength: 60, originalLength: 59 },
        { position: 1 },
        { capturedLength: Number.NaN },
        { direction: 'sideways' as 'inbound' },
        { bytes: 'text' as unknown as Uint8Array },
      ];
      for (const fields of wrong) {
        assert.throws(() => writer.write(frameOf(data, fields)), { code: 'ERR_PMD_INVALID_ARGUMENT' });
      }
      await writer.close();
      await writer.close();
      assert.deepEqual(decode(readFileSync(file)).frames, []);
      assert.throws(() => writer.write(frameOf(data)), { code: 'ERR_PMD_CLOSED' });
    }
  });
});

/** Writes the frames one by one; returns the file's length after what it begins with, and after each of them. */
async function writeSlowly(
  disk: SmallDisk,
  format: CaptureFormat,
  frames: readonly CapturedFrame[],
): Promise<number[]> {
  const writer: CaptureWriter = await startCapture('file', disk, { format });
  const ends = [writer.writtenBytes];
  for (const frame of frames) {
    writer.write(frame);
    await writer.flush();
    ends.push(writer.writtenBytes);
  }
  await writer.close();
  return ends;
}
