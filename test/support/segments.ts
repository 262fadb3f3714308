import assert from 'node:assert/strict';
import { type Burst, net, type Pool, type Port, RxFlag, verifyChecksums } from '../../src/index.ts';
import { until } from './until.ts';

const { ethernet, ipv4, ipv6, mac } = net;

/** What fits an MTU of 1500 over IPv6. */
export const segmentSize = 1440;

/** A frame of TCP as a sender's stack leaves it: `payload` bytes that tell where they belong. */
export function largeFrame(
  from: { mac: string },
  to: { mac: string },
  version: 4 | 6,
  payload: number,
): Uint8Array {
  const l4 = 14 + (version === 4 ? 20 : 40);
  const frame = new Uint8Array(l4 + 20 + payload);
  ethernet.write(frame, 0, mac.parse(to.mac), mac.parse(from.mac), version === 4 ? 0x0800 : 0x86dd);
  if (version === 4) {
    frame.set([0x45, 0, 0, 0, 0xff, 0xfe, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], 14);
  } else {
    frame.set([0x60, 0, 0, 0, 0, 0, 6, 64], 14);
    for (let i = 0; i < 32; i++) frame[22 + i] = i;
  }
  frame.set([0x12, 0x34, 0, 80, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1, 0x50, 0x99, 0x10, 0, 0, 0, 0, 0], l4); // CWR ACK PSH FIN
  for (let i = 0; i < payload; i++) frame[l4 + 20 + i] = i * 7 + (i >> 8);
  return frame;
}

/** Appends a frame in as many entries as it takes. */
export function append(burst: Burst, frame: Uint8Array): number {
  const first = burst.count;
  const room = burst.pool.dataRoom;
  for (let at = 0; at < frame.length; at += room) assert.ok(burst.append(frame.subarray(at, at + room)));
  if (burst.count > first + 1) burst.chain(first, burst.count - first);
  return first;
}

/** Receives until so many bytes of payload are there; each frame is looked at once. */
async function collect(
  port: Port,
  pool: Pool,
  bytes: number,
  look: (frame: Buffer, status: number) => number,
) {
  const burst = pool.createBurst(64);
  let got = 0;
  await until('all segments arrive', () => {
    port.rx[0].receive(burst);
    verifyChecksums(burst);
    for (let i = 0; i < burst.count; i++) got += look(burst.frame(i), burst.statuses[i]!);
    burst.release();
    return got >= bytes;
  });
  assert.equal(got, bytes);
}

/** Demands the segments of a frame that {@link largeFrame} has made: their payload, put together, is what was sent. */
export async function expectSegments(to: Port, pool: Pool, frame: Uint8Array, version: 4 | 6): Promise<void> {
  const l4 = version === 4 ? 34 : 54;
  const payload = frame.length - l4 - 20;
  let at = 0;
  let number = 0;
  await collect(to, pool, payload, (segment, status) => {
    const last = at + segmentSize >= payload;
    const bytes = Math.min(segmentSize, payload - at);
    assert.equal(segment.length, l4 + 20 + bytes);
    assert.equal(segment.readUInt32BE(l4 + 4), (0xffffff00 + at) >>> 0, 'sequence number');
    assert.equal(segment[l4 + 13], 0x10 | (number === 0 ? 0x80 : 0) | (last ? 0x09 : 0), 'flags');
    if (version === 4) {
      assert.equal(ipv4.totalLength(segment, 14), segment.length - 14);
      assert.equal(segment.readUInt16BE(18), (0xfffe + number) & 0xffff, 'id');
    } else assert.equal(ipv6.payloadLength(segment, 14), segment.length - 54);
    assert.deepEqual(
      segment.subarray(l4 + 20),
      Buffer.from(frame.subarray(l4 + 20 + at, l4 + 20 + at + bytes)),
    );
    assert.equal(status & (RxFlag.l4ChecksumGood | RxFlag.l4ChecksumBad), RxFlag.l4ChecksumGood);
    at += bytes;
    number++;
    return bytes;
  });
}
