import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TxRequest } from '../../src/index.ts';
import {
  checksumOf,
  crc32c,
  ethernet,
  get16,
  ipv4,
  isGoodSum,
  Layers,
  mac,
  put16,
  put32,
  sctp,
  sum32,
  sumWords,
  udp,
  updateChecksum,
} from '../../src/net/index.ts';
import { closing } from '../support/ports.ts';
import { scaled } from '../support/scale.ts';
import { until } from '../support/until.ts';
import { corpus } from './support/corpus.ts';

/** As RFC 1071 puts it, with numbers that have no end. */
function plainChecksum(bytes: Uint8Array): number {
  let sum = 0n;
  for (let i = 0; i < bytes.length; i += 2) sum += BigInt((bytes[i]! << 8) | (bytes[i + 1] ?? 0));
  while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n);
  return Number(~sum & 0xffffn);
}

const someBytes = fc.uint8Array({ minLength: 0, maxLength: 200 });

describe('checksums', () => {
  it('are those of RFC 1071, at any place and of any length', () => {
    fc.assert(
      fc.property(someBytes, fc.nat(7), (bytes, at) => {
        const memory = new Uint8Array(bytes.length + at + 9).fill(0xee);
        memory.set(bytes, at);
        assert.equal(checksumOf(sumWords(memory, at, at + bytes.length)), plainChecksum(bytes));
      }),
    );
    const longest = new Uint8Array(65_535).fill(0xff);
    assert.equal(checksumOf(sumWords(longest, 0, longest.length)), plainChecksum(longest));
    assert.equal(checksumOf(0xffffffff), 0);
  });

  it('are updated to what a new computation makes of them (RFC 1624)', () => {
    const words = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 3, maxLength: 40 });
    const value = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0xffff));
    fc.assert(
      fc.property(words, fc.nat(38), value, value, (before, at, high, low) => {
        const bytes = new Uint8Array(2 * before.length);
        for (const [i, word] of before.entries()) put16(bytes, 2 * i, word);
        bytes[0] = 0x45; // as in every header, not all of it is 0
        const place = 2 + 2 * (at % (before.length - 2));
        const old = checksumOf(sumWords(bytes, 0, bytes.length));
        const [oldHigh, oldLow] = [get16(bytes, place), get16(bytes, place + 2)];
        put16(bytes, place, high);
        const once = updateChecksum(old, oldHigh, high);
        assert.equal(once, checksumOf(sumWords(bytes, 0, bytes.length)));
        put16(bytes, place + 2, low);
        const both = updateChecksum(old, sum32((oldHigh << 16) | oldLow), sum32((high << 16) | low));
        assert.equal(both, checksumOf(sumWords(bytes, 0, bytes.length)));
        assert.equal(updateChecksum(once, oldLow, low), both);
        assert.ok(isGoodSum(sumWords(bytes, 0, bytes.length) + both));
      }),
      { numRuns: scaled('updates', 3000) },
    );
  });

  it('of IPv4 stay right when a router lowers the time to live, and a translator replaces addresses', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer(),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(0xffff),
        (a, b, ttl, id) => {
          const bytes = new Uint8Array(20);
          ipv4.write(bytes, 0, 20, 17, 0x0a000001, 0x0a000002);
          ipv4.setIdentification(bytes, 0, id);
          ipv4.setTimeToLive(bytes, 0, ttl);
          ipv4.fillChecksum(bytes, 0);
          assert.equal(ipv4.decrementTimeToLive(bytes, 0), ttl > 1);
          assert.equal(ipv4.timeToLive(bytes, 0), Math.max(1, ttl - 1));
          ipv4.replaceAddress(bytes, 0, ipv4.sourceOffset, a);
          ipv4.replaceAddress(bytes, 0, ipv4.destinationOffset, b);
          assert.deepEqual([ipv4.source(bytes, 0), ipv4.destination(bytes, 0)], [a, b]);
          const updated = ipv4.checksum(bytes, 0);
          assert.ok(ipv4.hasGoodChecksum(bytes, 0));
          ipv4.fillChecksum(bytes, 0);
          assert.equal(updated, ipv4.checksum(bytes, 0));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('of UDP are never written as 0, which would mean that there is none', () => {
    const bytes = new Uint8Array(10);
    udp.write(bytes, 0, 1, 2, 10);
    // What makes the sum 0xffff: its complement is 0.
    put16(bytes, 8, 0xffff - 1 - 2 - 10);
    udp.fillChecksum(bytes, 0, 0);
    assert.equal(udp.checksum(bytes, 0), 0xffff);
    assert.ok(udp.hasGoodChecksum(bytes, 0, 0));
    bytes[9] = bytes[9]! ^ 1;
    assert.ok(!udp.hasGoodChecksum(bytes, 0, 0));
  });

  it('of SCTP are the CRC-32C of RFC 9260', () => {
    const ascii = Uint8Array.from(Buffer.from('123456789'));
    assert.equal(crc32c(ascii, 0, 9) >>> 0, 0xe3069283);
    assert.equal(crc32c(ascii, 4, 9, crc32c(ascii, 0, 4)) >>> 0, 0xe3069283);
    const packet = new Uint8Array(20);
    sctp.write(packet, 4, 1, 2, 3);
    sctp.fillChecksum(packet, 4, 20);
    assert.ok(sctp.hasGoodChecksum(packet, 4, 20));
    packet[19] = 1;
    assert.ok(!sctp.hasGoodChecksum(packet, 4, 20));
  });

  it(
    'are those that native/net writes into what is sent',
    closing(async (open) => {
      const pool = await open.pool();
      const [near, far] = await open.wire({ pool });
      const [out, back] = [pool.createBurst(1, { columns: ['txRequest'] }), pool.createBurst(32)];
      const layers = new Layers();
      let compared = 0;
      for (const [name, frame] of corpus) {
        if (!layers.read(frame, 0, frame.length) || !isComplete(frame, layers)) continue;
        assert.equal(out.allocate(), 1);
        const at = out.position(0);
        pool.bytes.set(frame, at);
        ethernet.setDestination(pool.bytes, at, mac.parse(far.mac));
        ethernet.setSource(pool.bytes, at, mac.parse(near.mac));
        layers.read(pool.bytes, at, at + frame.length);
        const request = spoilChecksums(pool.bytes, layers);
        if (request === 0) {
          out.release();
          continue;
        }
        out.lengths[0] = frame.length;
        out.txRequests[0] = request;
        assert.doesNotThrow(() => near.tx[0].send(out), name);
        await until(`${name} arrives`, () => far.rx[0].receive(back) > 0);
        const arrived = pool.bytes.subarray(back.position(0), back.position(0) + frame.length);
        assert.deepEqual(arrived.subarray(12), frame.subarray(12), name);
        back.release();
        compared++;
      }
      assert.ok(compared > 20, `${compared} frames were compared`);
    }),
  );
});

/** Whether a transport's checksum is there to be compared. */
function isComplete(frame: Uint8Array, { protocol, l4At, fragment, outerTag }: Layers): boolean {
  const isNone = protocol === 17 && udp.checksum(frame, l4At) === 0;
  return fragment === 0 && outerTag < 0 && !isNone;
}

/** Overwrites the checksums of a frame, and says which are to be filled in. */
function spoilChecksums(bytes: Uint8Array, { version, protocol, l3At, l4At }: Layers): number {
  if (version === 4) put16(bytes, l3At + 10, 0xdead);
  const at = protocol === 6 ? 16 : protocol === 17 ? 6 : protocol === 132 ? 8 : 0;
  if (at !== 0 && protocol === 132) put32(bytes, l4At + at, 0xdeadbeef);
  else if (at !== 0) put16(bytes, l4At + at, 0xdead);
  return (version === 4 ? TxRequest.ipChecksum : 0) | (at === 0 ? 0 : TxRequest.l4Checksum);
}
