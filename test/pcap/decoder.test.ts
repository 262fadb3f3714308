import assert from 'node:assert/strict';
import { maxCapturedBytes } from '../../src/pcap/index.ts';
import {
  block,
  bytes,
  classicHeader,
  classicRecord,
  describeInterface,
  enhancedPacket,
  type Order,
  oldPacket,
  option,
  pack,
  section,
  simplePacket,
} from './support/builder.ts';
import { decode } from './support/decode.ts';

const orders: readonly Order[] = ['big', 'little'];
const frame = bytes(61);

/** Decodes what has to be good. */
function frames(...parts: readonly Uint8Array[]) {
  const { frames, error } = decode(Buffer.concat(parts));
  assert.equal(error, undefined);
  return frames;
}

for (const order of orders) {
  describe(`classic pcap, ${order}-endian`, () => {
    it('has microseconds', () => {
      const record = classicRecord(order, frame, { seconds: 0xffff_fffe, fraction: 999_999, original: 1514 });
      const [read, ...rest] = frames(classicHeader(order), record);
      assert.deepEqual(rest, []);
      assert.deepEqual(read, {
        section: 0,
        interfaceIndex: 0,
        linkType: 1,
        fcsLength: 0,
        seconds: 0xffff_fffe,
        nanoseconds: 999_999_000,
        hasTimestamp: true,
        direction: 'unknown',
        originalLength: 1514,
        data: frame,
        fileOffset: 24,
      });
    });

    it('has nanoseconds', () => {
      const header = classicHeader(order, { magic: 0xa1b23c4d });
      const [read] = frames(header, classicRecord(order, frame, { seconds: 5, fraction: 999_999_999 }));
      assert.equal(read?.seconds, 5);
      assert.equal(read.nanoseconds, 999_999_999);
    });

    it('carries fractions of more than a second over', () => {
      const [read] = frames(
        classicHeader(order),
        classicRecord(order, frame, { seconds: 5, fraction: 2_500_000 }),
      );
      assert.deepEqual([read?.seconds, read?.nanoseconds], [7, 500_000_000]);
    });

    it('keeps link type and FCS apart', () => {
      const header = classicHeader(order, { network: 0x2400_0069 });
      const [read] = frames(header, classicRecord(order, frame));
      assert.deepEqual([read?.linkType, read?.fcsLength], [0x69, 4]);
    });

    it('gives all that is stored of a frame, whatever snap length the file names', () => {
      const header = classicHeader(order, { snapLength: 20 });
      const [first, second] = frames(header, classicRecord(order, frame), classicRecord(order, bytes(3)));
      assert.deepEqual(first?.data, frame);
      assert.equal(first?.originalLength, 61);
      assert.deepEqual(second?.data, bytes(3));
    });

    it('has the two lengths the other way round before version 2.3', () => {
      for (const minor of [0, 1, 2]) {
        const record = classicRecord(order, frame, { captured: 1514, original: 61 });
        const [first] = frames(classicHeader(order, { minor }), record);
        assert.deepEqual(first?.data, frame);
        assert.equal(first?.originalLength, 1514);
      }
    });

    it('has them either way round in version 2.3', () => {
      const usual = classicRecord(order, frame, { original: 1514 });
      const swapped = classicRecord(order, frame, { captured: 1514, original: 61 });
      for (const one of frames(classicHeader(order, { minor: 3 }), usual, swapped, usual)) {
        assert.deepEqual(one.data, frame);
        assert.equal(one.originalLength, 1514);
      }
    });

    it('may have no frames, and frames of 0 bytes', () => {
      assert.deepEqual(frames(classicHeader(order)), []);
      const empty = classicRecord(order, bytes(0));
      assert.equal(frames(classicHeader(order), empty, empty, empty).length, 3);
    });

    it('has frames of up to 262144 bytes', () => {
      const largest = bytes(maxCapturedBytes);
      const read = frames(classicHeader(order), classicRecord(order, largest), classicRecord(order, frame));
      assert.deepEqual(
        read.map(({ data }) => data.length),
        [maxCapturedBytes, 61],
      );
      assert.deepEqual(read[0]?.data, largest);
    });
  });

  describe(`pcapng, ${order}-endian`, () => {
    const head = [section(order), describeInterface(order)];

    it('has microseconds if it does not say', () => {
      const [read] = frames(
        ...head,
        enhancedPacket(order, frame, { units: 1_700_000_000_999_999n, original: 1514 }),
      );
      assert.deepEqual(read, {
        section: 0,
        interfaceIndex: 0,
        linkType: 1,
        fcsLength: 0,
        seconds: 1_700_000_000,
        nanoseconds: 999_999_000,
        hasTimestamp: true,
        direction: 'unknown',
        originalLength: 1514,
        data: frame,
        fileOffset: 48,
      });
    });

    it('has packets of all three kinds', () => {
      const read = frames(
        ...head,
        oldPacket(order, frame, { units: 3n, drops: 7 }),
        simplePacket(order, frame),
        enhancedPacket(order, frame, { units: 5_000_000n }),
      );
      assert.deepEqual(
        read.map(({ hasTimestamp, seconds, nanoseconds }) => [hasTimestamp, seconds, nanoseconds]),
        [
          [true, 0, 3000],
          [false, 0, 0],
          [true, 5, 0],
        ],
      );
      for (const { data } of read) assert.deepEqual(data, frame);
    });

    it('cuts simple packets to the snap length, as their length is not given', () => {
      const from = describeInterface(order, { snapLength: 20 });
      const [read] = frames(section(order), from, simplePacket(order, frame.subarray(0, 20), 61));
      assert.deepEqual([read?.data, read?.originalLength], [frame.subarray(0, 20), 61]);
    });

    it('passes over what it does not know', () => {
      const unknown = block(order, 0x80000123, bytes(40));
      const custom = block(order, 0xbad, pack(order, [4, 32473], bytes(12)));
      const big = block(order, 0x0000000a, bytes(300_000));
      const statistics = block(order, 5, pack(order, [4, 0], [8, 0]));
      const options = Buffer.concat([
        option(order, 1, Buffer.from('a comment')),
        option(order, 2988, bytes(5)),
        option(order, 0x8001, bytes(0)),
        option(order, 2, pack(order, [4, 2])),
        option(order, 0, bytes(0)),
      ]);
      const read = frames(
        section(order, options),
        unknown,
        describeInterface(order, { options: option(order, 2988, bytes(3)) }),
        custom,
        big,
        enhancedPacket(order, frame, { options }),
        statistics,
        enhancedPacket(order, frame),
      );
      assert.deepEqual(
        read.map(({ direction }) => direction),
        ['outbound', 'unknown'],
      );
    });

    it('reads directions and the FCS from flags', () => {
      const flagged = (flags: number) =>
        enhancedPacket(order, frame, { options: option(order, 2, pack(order, [4, flags])) });
      const read = frames(...head, ...[0, 1, 2, 3, 0x81].map(flagged));
      assert.deepEqual(
        read.map(({ direction }) => direction),
        ['unknown', 'inbound', 'outbound', 'unknown', 'inbound'],
      );
      assert.deepEqual(
        read.map(({ fcsLength }) => fcsLength),
        [0, 0, 0, 0, 4],
      );
    });

    it('has interfaces with their own clocks, link types and names', () => {
      const clock = (resolution: number, offset: number) =>
        Buffer.concat([
          option(order, 9, Uint8Array.of(resolution)),
          option(order, 14, pack(order, [8, offset])),
          option(order, 13, Uint8Array.of(4)),
        ]);
      const read = frames(
        section(order),
        describeInterface(order, { linkType: 1, options: clock(9, 0) }),
        describeInterface(order, { linkType: 113, options: clock(0x80 | 20, 1000) }),
        describeInterface(order, { linkType: 276, options: clock(3, -5) }),
        enhancedPacket(order, frame, { interfaceIndex: 2, units: 7001n }),
        enhancedPacket(order, frame, { interfaceIndex: 1, units: (3n << 20n) | (1n << 19n) }),
        enhancedPacket(order, frame, { interfaceIndex: 0, units: 1_700_000_000_123_456_789n }),
      );
      assert.deepEqual(
        read.map(({ linkType, seconds, nanoseconds, fcsLength }) => [
          linkType,
          seconds,
          nanoseconds,
          fcsLength,
        ]),
        [
          [276, 2, 1_000_000, 4],
          [113, 1003, 500_000_000, 4],
          [1, 1_700_000_000, 123_456_789, 4],
        ],
      );
    });

    it('has sections of either byte order, each with its own interfaces', () => {
      const other = order === 'big' ? 'little' : 'big';
      const read = frames(
        ...head,
        enhancedPacket(order, frame),
        section(other),
        describeInterface(other, { linkType: 101 }),
        describeInterface(other, { linkType: 102 }),
        enhancedPacket(other, frame, { interfaceIndex: 1 }),
        section(order),
        describeInterface(order, { linkType: 103 }),
        enhancedPacket(order, frame),
      );
      assert.deepEqual(
        read.map((one) => [one.section, one.interfaceIndex, one.linkType]),
        [
          [0, 0, 1],
          [1, 1, 102],
          [2, 0, 103],
        ],
      );
    });
  });
}
