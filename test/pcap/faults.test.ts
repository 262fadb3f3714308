import assert from 'node:assert/strict';
import { CaptureFileError } from '../../src/pcap/index.ts';
import {
  block,
  bytes,
  classicHeader,
  classicRecord,
  describeInterface,
  enhancedPacket,
  option,
  pack,
  section,
  simplePacket,
} from './support/builder.ts';
import { decode } from './support/decode.ts';

const frame = bytes(61);

describe('faults of capture files', () => {
  const order = 'little';
  const header = classicHeader(order);
  const good = classicRecord(order, frame);
  const head = Buffer.concat([section(order), describeInterface(order)]);
  const packet = enhancedPacket(order, frame);
  const next = head.length + packet.length;

  /** Files whose fault is at an offset, after a number of good frames. */
  const faults: [name: string, file: Uint8Array, offset: number, expected: RegExp, frames?: number][] = [
    ['nothing', bytes(0), 0, /header of a pcap or pcapng file/],
    ['3 bytes', bytes(3), 0, /header of a pcap or pcapng file/],
    ['text', Buffer.from('From: me\n'), 0, /magic number/],
    ['gzip data', Uint8Array.of(0x1f, 0x8b, 8, 8, 0, 0), 0, /magic number/],
    ["Kuznetzov's pcap", classicHeader(order, { magic: 0xa1b2cd34 }), 0, /pcap or pcapng/],
    ["Kuznetzov's pcap, swapped", classicHeader('big', { magic: 0xa1b2cd34 }), 0, /pcap or pcapng/],
    ['another version', classicHeader(order, { minor: 5 }), 4, /2\.0 to 2\.4/],
    ['half a header', header.subarray(0, 20), 0, /header of a pcap or pcapng file/],
    [
      'a length of 2^32-1',
      pack(order, header, good, classicRecord(order, frame, { captured: -1 })),
      109,
      /at most 262144/,
      1,
    ],
    [
      'a length of 262145',
      pack(order, header, classicRecord(order, frame, { captured: 262_145 })),
      32,
      /at most 262144/,
    ],
    [
      'an end amid a record header',
      pack(order, header, good, bytes(5)),
      106,
      /11 more bytes of what begins at 101/,
      1,
    ],
    [
      'an end amid a frame',
      pack(order, header, good, good.subarray(0, 70)),
      171,
      /7 more bytes of what begins at 101/,
      1,
    ],

    [
      'a byte order that is none',
      pack(order, [4, 0x0a0d0d0a], [4, 28], [4, 0x12345678]),
      8,
      /in either order/,
    ],
    ['pcapng 2.0', section(order, bytes(0), 2), 12, /1\.0/],
    ['half a section header', section(order).subarray(0, 20), 0, /header of a pcap or pcapng file/],
    [
      'a section header that is too short',
      block(order, 0x0a0d0d0a, pack(order, [4, 0x1a2b3c4d])),
      4,
      /at least 28/,
    ],
    [
      'a block of 0 bytes',
      pack(order, head, packet, block(order, 99, bytes(0), { length: 0 })),
      next + 4,
      /at least 12/,
      1,
    ],
    ['an odd length', pack(order, head, packet, block(order, 99, bytes(9))), next + 4, /multiple of 4/, 1],
    ['a frame block that is too short', pack(order, head, block(order, 6, bytes(8))), 52, /at least 32/],
    [
      'lengths that differ',
      pack(order, head, packet, block(order, 6, bytes(40), { trailer: 56 })),
      next + 48,
      /52, as at its beginning/,
      1,
    ],
    [
      'lengths that differ, of a block that is passed over',
      pack(order, head, block(order, 99, bytes(8), { trailer: 24 })),
      64,
      /20, as/,
    ],
    [
      'a frame block of 16 MiB',
      pack(order, head, block(order, 6, bytes(20), { length: 2 ** 24 })),
      52,
      /at most 524288/,
    ],
    ['a frame of no interface', pack(order, section(order), packet), 36, /there are 0/],
    [
      'a frame of an unknown interface',
      pack(order, head, enhancedPacket(order, frame, { interfaceIndex: 1 })),
      56,
      /there are 1/,
    ],
    [
      "a section that forgets the last one's interfaces",
      pack(order, head, packet, section(order), packet),
      next + 36,
      /there are 0/,
      1,
    ],
    [
      'a captured length beyond its block',
      pack(order, head, enhancedPacket(order, frame, { captured: 65 })),
      68,
      /at most 64/,
    ],
    [
      'a captured length of 2^32-1',
      pack(order, head, enhancedPacket(order, frame, { captured: 0xffff_ffff })),
      68,
      /at most 64/,
    ],
    [
      'a captured length of 262145',
      pack(order, head, enhancedPacket(order, bytes(262_145))),
      68,
      /at most 262144/,
    ],
    ['a simple packet beyond its block', pack(order, head, simplePacket(order, frame, 65)), 56, /at most 64/],
    [
      'an option beyond its block',
      pack(order, head, enhancedPacket(order, frame, { options: option(order, 5, bytes(4), 5) })),
      142,
      /at most 4/,
    ],
    [
      'flags of 8 bytes',
      pack(order, head, enhancedPacket(order, frame, { options: option(order, 2, bytes(8)) })),
      142,
      /^4$/,
    ],
    [
      'a time resolution of 2 bytes',
      pack(order, section(order), describeInterface(order, { options: option(order, 9, bytes(2)) })),
      46,
      /^1$/,
    ],
    [
      'an end amid a block',
      pack(order, head, packet, packet.subarray(0, 90)),
      next + 90,
      /6 more bytes of what begins at 144/,
      1,
    ],
    [
      'an end amid a block header',
      pack(order, head, packet, packet.subarray(0, 7)),
      next + 7,
      /5 more bytes of what begins at 144/,
      1,
    ],
    [
      'an end amid a block that is passed over',
      pack(order, head, packet, block(order, 99, bytes(8), { length: 4_000_000_000 })),
      next + 20,
      /3999999980 more bytes of what begins at 144/,
      1,
    ],
    [
      'more interfaces than there is memory for',
      pack(order, section(order), ...Array(65_537).fill(describeInterface(order))),
      28 + 20 * 65_536,
      /at most 65536/,
    ],
  ];

  for (const [name, file, offset, expected, good = 0] of faults) {
    it(name, () => {
      for (const chunks of [[65_536], [1], [7, 13, 64]]) {
        const { frames, error } = decode(file, chunks);
        assert.ok(error instanceof CaptureFileError);
        assert.equal(error.code, 'ERR_PMD_CAPTURE_FILE');
        assert.equal(error.offset, offset);
        assert.match(error.expected!, expected);
        assert.match(error.message, new RegExp(`^test: byte ${offset}: found .*, expected .*`));
        assert.equal(frames.length, good);
      }
    });
  }

  it('compressed and foreign files come with a way out', () => {
    assert.match(decode(Uint8Array.of(0x1f, 0x8b, 8, 0)).error!.hint!, /gzip -dc/);
    assert.match(decode(Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)).error!.hint!, /xz -dc/);
    assert.match(decode(Buffer.from('BZh9')).error!.hint!, /bzip2 -dc/);
    assert.match(decode(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)).error!.hint!, /zstd -dc/);
    assert.match(decode(Uint8Array.of(4, 0x22, 0x4d, 0x18)).error!.hint!, /lz4 -dc/);
    assert.match(decode(Buffer.from('snoop\0\0\0')).error!.hint!, /editcap/);
    assert.match(decode(classicHeader(order, { magic: 0xa1b2cd34 })).error!.hint!, /editcap/);
  });
});
