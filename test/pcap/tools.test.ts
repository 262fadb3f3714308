import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { type CaptureFormat, createCapture } from '../../src/pcap/index.ts';
import { limitMs } from '../support/limits.ts';
import { skip } from '../support/skip.ts';
import {
  bytes,
  classicHeader,
  classicRecord,
  describeInterface,
  enhancedPacket,
  type Order,
  oldPacket,
  option,
  section,
} from './support/builder.ts';
import { type Decoded, decode, type KeptFrame } from './support/decode.ts';
import { useDirectory } from './support/directory.ts';
import { anyFrame, type FrameFields, placed } from './support/frames.ts';
import { needTools, readWithTshark, runTool, type SharkFrame } from './support/tools.ts';

/** Ethernet frames of several lengths, some of them cut, with times to the nanosecond. */
const source: readonly FrameFields[] = [60, 64, 342, 1514, 61].map((length, i) => ({
  interfaceIndex: 0,
  seconds: 1_700_000_000 + i,
  nanoseconds: 123_456_789 + i * 1001,
  direction: 'unknown',
  originalLength: i === 2 ? 9000 : length,
  data: Buffer.concat([Buffer.from('02000000000102000000000288b5', 'hex'), bytes(length - 14, i)]),
}));

function timeOf({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): string {
  return `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
}

/** What tshark would say of our frames; sections count their interfaces anew, and tshark goes on. */
function asShark({ frames }: Decoded): Omit<SharkFrame, 'interface'>[] {
  return frames.map((frame) => ({
    time: timeOf(frame),
    originalLength: frame.originalLength,
    capturedLength: frame.data.length,
    data: frame.data,
  }));
}

function withoutInterface({
  time,
  originalLength,
  capturedLength,
  data,
}: SharkFrame): Omit<SharkFrame, 'interface'> {
  return { time, originalLength, capturedLength, data };
}

/** Reads a file with both; they must see the same. Returns our frames. */
async function readWithBoth(file: string): Promise<KeptFrame[]> {
  const decoded = decode(readFileSync(file), [65_536]);
  assert.equal(decoded.error, undefined);
  assert.deepEqual(asShark(decoded), (await readWithTshark(file)).map(withoutInterface));
  return decoded.frames;
}

/** What tcpdump writes of so many frames on lo, sent once it listens; or why it does not listen. */
async function captureLoopback(filter: string, count: number, send: () => void): Promise<Buffer | string> {
  const args = ['-i', 'lo', '--immediate-mode', '-c', String(count), '-w', '-', filter];
  const tcpdump = spawn('tcpdump', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs(60) });
  const output: Buffer[] = [];
  let said = '';
  tcpdump.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  tcpdump.stderr.on('data', (chunk: Buffer) => {
    const before = said;
    said += chunk;
    if (/listening on/.test(said) && !/listening on/.test(before)) send();
  });
  const [status] = (await once(tcpdump, 'close')) as [number | null];
  return status === 0 ? Buffer.concat(output) : said;
}

describe('captures written by us, read by others', () => {
  const path = useDirectory();

  for (const [format, interfaces] of [
    ['pcap', 1],
    ['pcapng', 3],
  ] satisfies [CaptureFormat, number][]) {
    it(`tshark opens any ${format} without a warning, and sees the same frames`, async function () {
      needTools(this, 'tshark');
      // tshark keeps seconds as 32 bits with a sign where it prints them.
      const frame = anyFrame(format, interfaces).filter(
        ({ seconds, data }) => seconds < 2 ** 31 && data.length < 65_536,
      );
      const property = fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 40 }), async (frames) => {
        const file = path(`any.${format}`);
        const writer = await createCapture(file, {
          format,
          interfaces: Array.from({ length: interfaces }, (_, i) => ({ name: `emu:${i}`, speedMbps: 1000 })),
          application: 'vfio-pmd',
        });
        for (const one of frames) while (!writer.write(placed(one))) await writer.flush();
        const end = { seconds: 1_700_000_000, nanoseconds: 5 };
        const counts = Array.from({ length: interfaces }, () => ({ receivedFrames: 3, droppedFrames: 1 }));
        await writer.close({ start: end, end, interfaces: counts });
        const read = await readWithTshark(file);
        assert.deepEqual(
          read,
          frames.map((one) => ({
            time: timeOf(one),
            originalLength: one.originalLength,
            capturedLength: one.data.length,
            interface: one.interfaceIndex,
            data: Buffer.from(one.data),
          })),
        );
      });
      await fc.assert(property, { numRuns: 5 });
    });
  }

  it('tshark and capinfos show interfaces, directions and counts', async function () {
    needTools(this, 'tshark', 'capinfos');
    const file = path('described.pcapng');
    const interfaces = [
      { name: 'emu:a', description: 'left', speedMbps: 1000, mac: '02:00:00:00:00:0a' },
      { name: 'emu:b' },
    ];
    const options = {
      format: 'pcapng',
      interfaces,
      application: 'vfio-pmd 0',
      os: 'Linux',
      hardware: 'x64',
    } as const;
    const writer = await createCapture(file, options);
    const one = source[0]!;
    writer.write(placed({ ...one, direction: 'inbound' }));
    writer.write(placed({ ...one, interfaceIndex: 1, direction: 'outbound' }));
    await writer.close({
      end: one,
      interfaces: [{ receivedFrames: 1 }, { receivedFrames: 2, droppedFrames: 3 }],
    });
    const fields = ['-e', 'frame.interface_name', '-e', 'frame.packet_flags_direction'];
    const { stdout } = await runTool('tshark', '-n', '-r', file, '-T', 'fields', ...fields);
    assert.equal(stdout, 'emu:a\t0x00000001\nemu:b\t0x00000002\n');
    const { stdout: info } = await runTool('capinfos', '-M', file);
    for (const line of [
      /Capture hardware: +x64/,
      /Capture oper-sys: +Linux/,
      /Capture application: +vfio-pmd 0/,
      /Speed = 1000000000/,
      /Description = left/,
      /Time resolution = 0x09/,
      /Number of stat entries = 1/,
    ]) {
      assert.match(info, line);
    }
  });

  it('tcpdump reads both formats', async function () {
    needTools(this, 'tcpdump');
    for (const format of ['pcap', 'pcapng'] as const) {
      const file = path(`dumped.${format}`);
      const writer = await createCapture(file, { format });
      for (const one of source) writer.write(placed(one));
      await writer.close();
      const options = ['--time-stamp-precision=nano', '-ttnn', '-r'];
      const { stdout } = await runTool('tcpdump', ...options, file);
      assert.deepEqual(stdout.match(/^\d+\.\d{9}/gm), source.map(timeOf));
    }
  });
});

describe('captures written by others, read by us', () => {
  const path = useDirectory();
  const order: Order = 'little';

  /** The source, as a nanosecond pcap by hand. */
  function writeSource(name: string, endian: Order = order): string {
    const records = source.map(({ data, seconds, nanoseconds, originalLength }) =>
      classicRecord(endian, data, { seconds, fraction: nanoseconds, original: originalLength }),
    );
    writeFileSync(path(name), Buffer.concat([classicHeader(endian, { magic: 0xa1b23c4d }), ...records]));
    return path(name);
  }

  function assertSource(frames: readonly KeptFrame[], unit: 'microseconds' | 'nanoseconds'): void {
    assert.deepEqual(
      frames.map(({ seconds, nanoseconds, originalLength, data }) => ({
        seconds,
        nanoseconds,
        originalLength,
        data,
      })),
      source.map(({ seconds, nanoseconds, originalLength, data }) => ({
        seconds,
        nanoseconds: unit === 'nanoseconds' ? nanoseconds : nanoseconds - (nanoseconds % 1000),
        originalLength,
        data,
      })),
    );
  }

  for (const [type, unit] of [
    ['pcap', 'microseconds'],
    ['nsecpcap', 'nanoseconds'],
    ['pcapng', 'nanoseconds'],
  ] as const) {
    it(`editcap -F ${type}, from files of either byte order`, async function () {
      needTools(this, 'editcap', 'tshark');
      for (const endian of ['big', 'little'] as const) {
        const file = path(`edited-${endian}.${type}`);
        await runTool('editcap', '-F', type, writeSource(`source-${endian}`, endian), file);
        assertSource(await readWithBoth(file), unit);
      }
    });

    it(`tshark -F ${type} and mergecap -F ${type}`, async function () {
      needTools(this, 'mergecap', 'tshark');
      const from = writeSource('source');
      await runTool('tshark', '-r', from, '-F', type, '-w', path(`shark.${type}`));
      assertSource(await readWithBoth(path(`shark.${type}`)), unit);
      await runTool('mergecap', '-a', '-F', type, '-w', path(`merged.${type}`), from, from);
      const merged = await readWithBoth(path(`merged.${type}`));
      assertSource(merged.slice(0, source.length), unit);
      assertSource(merged.slice(source.length), unit);
    });
  }

  it('mergecap, with several interfaces of several resolutions', async function () {
    needTools(this, 'mergecap', 'editcap', 'tshark');
    const from = writeSource('source');
    await runTool('editcap', '-F', 'pcap', from, path('micro.pcap'));
    await runTool('editcap', '-F', 'pcapng', '-T', 'rawip', from, path('raw.pcapng'));
    await runTool(
      'mergecap',
      '-I',
      'none',
      '-w',
      path('several.pcapng'),
      from,
      path('micro.pcap'),
      path('raw.pcapng'),
    );
    const frames = await readWithBoth(path('several.pcapng'));
    const read = await readWithTshark(path('several.pcapng'));
    assert.deepEqual(
      frames.map(({ interfaceIndex }) => interfaceIndex),
      read.map((frame) => frame.interface),
    );
    assert.deepEqual(new Set(frames.map(({ linkType }) => linkType)), new Set([1, 101]));
    assert.equal(new Set(frames.map(({ interfaceIndex }) => interfaceIndex)).size, 3);
  });

  it('editcap, cut frames, comments and secrets', async function () {
    needTools(this, 'editcap', 'tshark');
    const from = writeSource('source');
    await runTool(
      'editcap',
      '-s',
      '50',
      '-a',
      '2:a comment',
      '--capture-comment',
      'all',
      from,
      path('cut.pcapng'),
    );
    const cut = await readWithBoth(path('cut.pcapng'));
    for (const { data } of cut) assert.equal(data.length, 50);
    writeFileSync(path('keys'), `CLIENT_RANDOM ${'00'.repeat(32)} ${'11'.repeat(48)}\n`);
    await runTool(
      'editcap',
      '--inject-secrets',
      `tls,${path('keys')}`,
      path('cut.pcapng'),
      path('secrets.pcapng'),
    );
    assert.equal((await readWithBoth(path('secrets.pcapng'))).length, source.length);
  });

  it('tcpdump -r -w, in both resolutions', async function () {
    needTools(this, 'tcpdump', 'tshark');
    const from = writeSource('source');
    for (const [precision, unit] of [
      ['micro', 'microseconds'],
      ['nano', 'nanoseconds'],
    ] as const) {
      const file = path(`${precision}.pcap`);
      await runTool('tcpdump', `--time-stamp-precision=${precision}`, '-r', from, '-w', file);
      assertSource(await readWithBoth(file), unit);
    }
  });

  it('tcpdump, of real traffic', async function () {
    needTools(this, 'tcpdump', 'tshark');
    const file = path('live.pcap');
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const captured = await captureLoopback(`udp port ${port}`, 3, () => {
      for (let i = 0; i < 3; i++) socket.send(Buffer.alloc(100 * i + 1, i), port, '127.0.0.1');
    });
    socket.close();
    if (typeof captured === 'string') skip(this, `tcpdump can't capture here: ${captured.trim()}`);
    writeFileSync(file, captured);
    const frames = await readWithBoth(file);
    assert.deepEqual(
      frames.map(({ data }) => data.length),
      [43, 143, 243],
    );
  });

  it('our builder: big-endian, old packets, sections, resolutions, as tshark reads them', async function () {
    needTools(this, 'tshark');
    const times = [0x80 | 10, 0x80 | 32, 3, 6, 9].map((resolution) =>
      option('big', 9, Uint8Array.of(resolution)),
    );
    const parts = [
      section('big'),
      ...times.map((options) => describeInterface('big', { options })),
      ...times.map((_, interfaceIndex) =>
        enhancedPacket('big', source[1]!.data, { interfaceIndex, units: 123_456_789_012n }),
      ),
      oldPacket('big', source[0]!.data, { interfaceIndex: 4, units: 1_700_000_000_123_456_789n }),
      section('little'),
      describeInterface('little', { options: option('little', 14, Buffer.from([100, 0, 0, 0, 0, 0, 0, 0])) }),
      enhancedPacket('little', source[1]!.data, { units: 5_000_001n }),
    ];
    writeFileSync(path('built.pcapng'), Buffer.concat(parts));
    assert.equal((await readWithBoth(path('built.pcapng'))).length, 7);
  });

  it('formats that are not read are refused by name', async function () {
    needTools(this, 'editcap');
    for (const [type, found] of [
      ['modpcap', /Kuznetzov/],
      ['suse6_3pcap', /Kuznetzov/],
      ['snoop', /snoop/],
      ['netmon2', /0x/],
    ] as const) {
      await runTool('editcap', '-F', type, writeSource('source'), path(type));
      const { error, frames } = decode(readFileSync(path(type)));
      assert.match(error!.message, found);
      assert.equal(error!.offset, 0);
      assert.deepEqual(frames, []);
    }
  });

  it('files cut at any byte: the frames before, then where it ends', async function () {
    needTools(this, 'editcap');
    for (const type of ['pcap', 'pcapng']) {
      await runTool('editcap', '-F', type, writeSource('source'), path('whole'));
      const whole = readFileSync(path('whole'));
      const all = decode(whole).frames;
      for (let length = 0; length < whole.length; length += 7) {
        const { frames, error } = decode(whole.subarray(0, length));
        assert.deepEqual(frames, all.slice(0, frames.length));
        const boundary = error === undefined;
        if (!boundary) assert.ok(error.offset === length || error.offset === 0);
        assert.ok(boundary || frames.length < all.length || type === 'pcapng');
      }
    }
  });
});
