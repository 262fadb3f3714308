import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool, openPort, type Pool, type Port, parseMac } from '../../src/index.ts';
import { Capturer } from '../../src/measure/capturer.ts';
import { measure } from '../../src/measure/measure.ts';
import { Replayer } from '../../src/measure/replayer.ts';
import { type CaptureReaderOptions, createCapture, openCapture } from '../../src/pcap/index.ts';
import type { Skipped } from '../../src/results/replay-details.ts';
import type { Measurement, Results } from '../../src/results/results.ts';
import {
  bytes,
  classicHeader,
  classicRecord,
  describeInterface,
  enhancedPacket,
  section,
} from '../pcap/support/builder.ts';
import { decode, type KeptFrame } from '../pcap/support/decode.ts';
import { runPmdBench } from './support/child.ts';

const order = 'little';
const magic = 0xa1b23c4d;
let directory = '';
const path = (name: string) => join(directory, name);

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'pmd-capture-'));
});
after(() => rmSync(directory, { recursive: true }));

function fileOf(name: string, ...parts: readonly Uint8Array[]): string {
  writeFileSync(path(name), Buffer.concat(parts));
  return path(name);
}

function framesOf(file: string): KeptFrame[] {
  const { frames, error } = decode(readFileSync(file));
  assert.equal(error, undefined);
  return frames;
}

describe('capture and replay, at the two ends of a wire', () => {
  let pool: Pool;
  let near: Port;
  let far: Port;

  before(async () => {
    pool = await createPool({ buffers: 8192 });
    near = await openPort('emu:replay', { pool });
    far = await openPort('emu:replay', { pool });
  });
  after(async () => {
    await near.close();
    await far.close();
    await pool.close();
  });

  /** A frame for the far end, of so many bytes. */
  function frame(length: number, first = 0): Buffer {
    return Buffer.concat([
      parseMac(far.mac),
      parseMac(near.mac),
      Buffer.from([0x88, 0xb5]),
      bytes(length, first),
    ]).subarray(0, length);
  }

  interface Sent {
    replayed: Measurement;
    captured: KeptFrame[];
    skipped: Skipped[];
  }

  /** Replays the file from the near end until all is sent, and captures what comes to the far end meanwhile, so many frames. */
  async function send(
    file: string,
    expected: number,
    options: { passes?: number; reader?: CaptureReaderOptions } = {},
  ): Promise<Sent> {
    const output = path('captured.pcapng');
    const { passes = 1, reader = {} } = options;
    const writer = await createCapture(output, { format: 'pcapng', interfaces: [{ name: far.address }] });
    const open = () => openCapture(file, reader);
    const replayer = new Replayer(pool, near, await open(), open, {
      timing: { kind: 'flat-out' },
      passes,
      burstSize: 32,
    });
    const stop = new AbortController();
    const capturer = new Capturer(pool, [far], writer, 32);
    const capturing = measure(capturer, [far], { packets: Math.max(1, expected), signal: stop.signal });
    const replayed = await measure(replayer, [near], {});
    if (expected === 0) stop.abort();
    await capturing;
    const { skipped } = replayed.details['replay'] as { skipped: Skipped[] };
    return { replayed, captured: framesOf(output), skipped };
  }

  const padded = (data: Buffer) => Buffer.concat([data, Buffer.alloc(Math.max(0, 60 - data.length))]);

  it('are the same frames, byte for byte, up to padding to 60', async () => {
    const lengths = [...Array(1505).keys()].map((i) => i + 14);
    const frames = lengths.map((length) => frame(length, length));
    const records = frames.map((data, i) => classicRecord(order, data, { seconds: i }));
    const before = Date.now() / 1000;
    const { replayed, captured, skipped } = await send(
      fileOf('all.pcap', classicHeader(order), ...records),
      frames.length,
    );
    assert.deepEqual(
      captured.map(({ data }) => data),
      frames.map(padded),
    );
    assert.deepEqual(skipped, []);
    assert.equal(replayed.ports[0]!.txPackets, frames.length);
    assert.equal(replayed.endedBy, 'done');
    for (const { direction, originalLength, data } of captured) {
      assert.equal(direction, 'inbound');
      assert.equal(originalLength, data.length);
    }
    const times = captured.map(({ seconds, nanoseconds }) => seconds + nanoseconds / 1e9);
    assert.ok(times.every((time, i) => i === 0 || time >= times[i - 1]!));
    // Somebody may set the day's clock meanwhile.
    assert.ok(times[0]! > before - 60 && times.at(-1)! < Date.now() / 1000 + 60);
  });

  it('have what can not be sent counted and listed, not hidden', async () => {
    const good = enhancedPacket(order, frame(100));
    const file = fileOf(
      'mixed.pcapng',
      section(order),
      describeInterface(order),
      describeInterface(order, { linkType: 101 }),
      good,
      enhancedPacket(order, frame(13)),
      enhancedPacket(order, frame(1519)),
      enhancedPacket(order, frame(60), { original: 61 }),
      enhancedPacket(order, frame(60), { interfaceIndex: 1 }),
      ...Array<Buffer>(20).fill(enhancedPacket(order, frame(0))),
      good,
    );
    const { captured, skipped, replayed } = await send(file, 2);
    assert.equal(captured.length, 2);
    assert.deepEqual(skipped, [
      { reason: 'too short', frames: 21, numbers: [2, ...Array.from({ length: 15 }, (_, i) => 6 + i)] },
      { reason: 'too long', frames: 1, numbers: [3] },
      { reason: 'cut in the capture', frames: 1, numbers: [4] },
      { reason: 'not Ethernet', frames: 1, numbers: [5] },
    ]);
    const notes = replayed.notices.map(({ text }) => text);
    assert.match(notes[0]!, /^21 not sent, too short: frame 2, 6, .*, 20, …$/);
    assert.equal(notes[1], '1 not sent, too long: frame 3');
  });

  it('leave the FCS of a capture to the NIC', async () => {
    const file = fileOf(
      'fcs.pcap',
      classicHeader(order, { network: 0x2400_0001 }),
      classicRecord(order, frame(104)),
    );
    const { captured } = await send(file, 1);
    assert.deepEqual(captured[0]?.data, frame(100));
  });

  it('again and again, from memory and from the file', async () => {
    const records = Array.from({ length: 100 }, (_, i) => classicRecord(order, frame(200, i)));
    const file = fileOf('loop.pcap', classicHeader(order), ...records);
    for (const bufferBytes of [1 << 20, 4096]) {
      const { captured, replayed } = await send(file, 500, { passes: 5, reader: { bufferBytes } });
      assert.equal(replayed.ports[0]!.txPackets, 500);
      assert.deepEqual(
        captured.map(({ data }) => data),
        Array.from({ length: 500 }, (_, i) => frame(200, i % 100)),
      );
    }
  });

  it('count what they skip in each pass', async () => {
    const file = join(import.meta.dirname, '../pcap/cases/two-sendable-three-not.pcap');
    for (const bufferBytes of [1 << 20, 64]) {
      const open = () => openCapture(file, { bufferBytes });
      const timing = { kind: 'flat-out' } as const;
      const replayer = new Replayer(pool, near, await open(), open, { timing, passes: 3, burstSize: 32 });
      const { ports, details } = await measure(replayer, [near], {});
      assert.equal(ports[0]!.txPackets, 6);
      assert.deepEqual(details.replay!.skipped, [
        { reason: 'cut in the capture', frames: 3, numbers: [2] },
        { reason: 'too short', frames: 3, numbers: [3] },
        { reason: 'too long', frames: 3, numbers: [4] },
      ]);
    }
  });

  it('intend no more frames than were asked for, though more came due', async () => {
    const file = fileOf('due.pcap', classicHeader(order), classicRecord(order, frame(60)));
    const open = () => openCapture(file);
    const timing = { kind: 'rate', framesPerSecond: { numerator: 1e9, denominator: 1 } } as const;
    const options = { timing, passes: 1000, burstSize: 32, packets: 10 };
    const replayer = new Replayer(pool, near, await open(), open, options);
    const { details } = await measure(replayer, [near], { packets: 10 });
    const { intended, sent } = details.replay!;
    assert.deepEqual([intended, sent], [10, 10]);
    const burst = pool.createBurst();
    while (far.rx[0].receive(burst) > 0) burst.release();
  });

  it('tell of a clock that was set back', async () => {
    const file = join(import.meta.dirname, '../pcap/cases/clock-steps-back.pcap');
    const open = () => openCapture(file);
    const timing = { kind: 'original', multiplier: 10 } as const;
    const replayer = new Replayer(pool, near, await open(), open, { timing, passes: 1, burstSize: 32 });
    const { durationSeconds, notices } = await measure(replayer, [near], {});
    assert.ok(durationSeconds >= 0.15, `${durationSeconds} s`);
    assert.match(notices.map(({ text }) => text).join('\n'), /^the capture's clock was set back once: /m);
    const burst = pool.createBurst();
    while (far.rx[0].receive(burst) > 0) burst.release();
  });

  it('ends with a file that has nothing to send, however often', async () => {
    for (const records of [[], [classicRecord(order, frame(3))]]) {
      const file = fileOf('nothing.pcap', classicHeader(order), ...records);
      const { replayed } = await send(file, 0, { passes: Number.POSITIVE_INFINITY });
      assert.equal(replayed.error, null);
      assert.equal(replayed.ports[0]!.txPackets, 0);
    }
  });

  it('sends what comes before a fault of the file', async () => {
    const record = classicRecord(order, frame(60));
    const file = fileOf('fault.pcap', classicHeader(order), record, record, record.subarray(0, 30));
    const { replayed, captured } = await send(file, 2);
    assert.equal(captured.length, 2);
    assert.equal(replayed.endedBy, 'error');
    assert.equal(replayed.error?.code, 'ERR_PMD_CAPTURE_FILE');
    assert.match(replayed.error.message, /byte 206: found the end of the file/);
  });

  it('keeps the time between frames', async () => {
    const gapMs = 40;
    const times = [0, 1, 2, 3].map((i) => 1e9 - 1 + i * gapMs * 1e6);
    const records = times.map((ns) =>
      classicRecord(order, frame(60), { seconds: Math.floor(ns / 1e9), fraction: ns % 1e9 }),
    );
    const file = fileOf('timed.pcap', classicHeader(order, { magic }), ...records);
    const open = () => openCapture(file);
    for (const [multiplier, durationMs] of [
      [1, 3 * gapMs],
      [4, (3 * gapMs) / 4],
    ] as const) {
      const timing = { kind: 'original', multiplier } as const;
      const replayer = new Replayer(pool, near, await open(), open, { timing, passes: 1, burstSize: 32 });
      const { durationSeconds, ports } = await measure(replayer, [near], {});
      assert.equal(ports[0]!.txPackets, 4);
      // Never early; how late is the machine's business.
      assert.ok(durationSeconds * 1000 >= durationMs, `${durationSeconds} s`);
    }
    const burst = pool.createBurst();
    while (far.rx[0].receive(burst) > 0) burst.release();
  });
});

describe('pmd-bench capture and replay', () => {
  it('capture writes what came, and replay sends what was written', async () => {
    const file = path('flood.pcapng');
    const capture = await runPmdBench(['capture', 'emu:a,peer=flood', file, '--packets', '5000', '--json']);
    assert.equal(capture.code, 0, capture.stderr);
    const captured = JSON.parse(capture.stdout) as Results;
    assert.equal(captured.command, 'capture');
    const { frames, bytes: length, format, notWritten } = captured.details.capture!;
    assert.deepEqual([frames, format, notWritten], [5000, 'pcapng', [0]]);
    assert.equal(length, readFileSync(file).length);
    assert.equal(framesOf(file).length, 5000);

    const replay = await runPmdBench([
      'replay',
      file,
      'emu:b,peer=flood',
      '--flat-out',
      '--loop',
      '3',
      '--json',
    ]);
    assert.equal(replay.code, 0, replay.stderr);
    const replayed = JSON.parse(replay.stdout) as Results;
    const [port] = replayed.ports;
    assert.equal(port?.txPackets, 15_000);
    assert.equal(port.counters.bus['peerReceived'], 15_000);
    assert.deepEqual(replayed.options['timing'], { kind: 'flat-out' });
  });

  it('--pps sends at that rate', async () => {
    const records = Array.from({ length: 50 }, () => classicRecord(order, bytes(60)));
    const file = fileOf('rate.pcap', classicHeader(order), ...records);
    const { stdout, stderr, code } = await runPmdBench([
      'replay',
      file,
      'emu:a,peer=flood',
      '--pps',
      '100',
      '--json',
    ]);
    assert.equal(code, 0, stderr);
    const { durationSeconds, ports } = JSON.parse(stdout) as Results;
    assert.equal(ports[0]!.txPackets, 50);
    assert.ok(durationSeconds >= 0.49, `${durationSeconds} s`);
  });

  const wrong: [name: string, args: () => string[], code: number, message: RegExp][] = [
    [
      'a missing file',
      () => ['replay', path('none'), 'emu:a'],
      1,
      /^error: .*none: no such file or directory$/m,
    ],
    [
      'a file that is none',
      () => ['replay', fileOf('text', Buffer.from('text')), 'emu:a,peer=flood'],
      1,
      /magic number/,
    ],
    [
      'an unwritable file',
      () => ['capture', 'emu:a', path('no/where')],
      1,
      /^error: .*no such file or directory$/m,
    ],
    [
      'a full disk',
      () => ['capture', 'emu:a', '/dev/full'],
      1,
      /^error: \/dev\/full: no space left on device/m,
    ],
    ['a capture without a file', () => ['capture', 'emu:a'], 2, /no file to write/],
    ['two ports into pcap', () => ['capture', 'emu:a', 'emu:b', path('two.pcap')], 2, /use pcapng/],
    ['a replay to two ports', () => ['replay', path('x'), 'emu:a', 'emu:b'], 2, /one port/],
    ['two timings', () => ['replay', path('x'), 'emu:a', '--pps', '5', '--flat-out'], 2, /cannot be used/],
    ['a multiplier of 0', () => ['replay', path('x'), 'emu:a', '--multiply', '0'], 2, /above 0/],
  ];
  for (const [name, args, expected, message] of wrong) {
    it(`${name}: a line on stderr, exit code ${expected}`, async () => {
      const { code, stderr } = await runPmdBench([...args(), '--duration', '1s', '--json']);
      assert.match(stderr, message);
      assert.equal(code, expected);
    });
  }
});
