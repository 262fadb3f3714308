import assert from 'node:assert/strict';
import type { Burst, Port } from '../../src/index.ts';
import { frameTo } from '../support/frames.ts';
import { until } from '../support/until.ts';
import { inject, onRig, type Rig } from './support/rig.ts';

const [header, tag] = [14, 4];
const dataRoom = 2048;
const bufferSize = 128 + dataRoom;

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

function sumOf(drops: Record<string, number>): number {
  return Object.values(drops).reduce((sum, count) => sum + count);
}

function appendFrame(burst: Burst, frame: Buffer): void {
  const first = burst.count;
  for (let at = 0; at < frame.length; at += dataRoom) burst.append(frame.subarray(at, at + dataRoom));
  if (burst.count - first > 1) burst.chain(first, burst.count - first);
}

/** Sends a frame so many times, and sends on what the other port hands out. Returns the lengths of that, entry by entry. */
async function sendOn(rig: Rig, from: Port, to: Port, frame: Buffer, times: number): Promise<number[]> {
  const [out, into] = [rig.pool.createBurst(64), rig.pool.createBurst(64)];
  for (let i = 0; i < times; i++) appendFrame(out, frame);
  const dropped = sumOf(to.stats().rxDropped);
  const expected = out.count;
  assert.equal(from.tx[0].send(out), expected);
  await until(`${expected} descriptors`, () => {
    to.rx[0].receive(into);
    return into.count + sumOf(to.stats().rxDropped) - dropped === expected;
  });
  const lengths = [...into.lengths.subarray(0, into.count)];
  assert.equal(to.tx[0].send(into), lengths.length);
  assert.equal(into.count, 0);
  return lengths;
}

describe('A frame of whatever length the device reports', () => {
  for (const mtu of [68, 1500, dataRoom - header - tag - 4]) {
    for (const atOnce of [1, 32]) {
      it(
        `is dropped and counted, or can be sent by a port of the same MTU (${mtu}, ${atOnce} at once)`,
        onRig(async (rig) => {
          const [from, to] = await rig.wire();
          await Promise.all([from.setMtu(mtu), to.setMtu(mtu)]);
          const frame = frameTo(to, 60);
          const handedOn: number[] = [];
          for (let length = 0; length < bufferSize; length += atOnce) {
            for (let i = 0; i < atOnce; i++) inject(to, `rx-length:${length + i}`);
            handedOn.push(...(await sendOn(rig, from, to, frame, atOnce)));
          }
          const longest = mtu + header + tag;
          assert.deepEqual(handedOn, range(header, longest));
          assert.deepEqual(to.stats().rxDropped, {
            errors: 0,
            oversize: dataRoom - longest,
            malformed: header + bufferSize - 1 - dataRoom,
          });
        }),
      );
    }
  }

  it(
    'and takes several buffers is dropped whole, or can be sent by a port of the same MTU',
    onRig(async (rig) => {
      const options = { mtu: 9000, chains: true };
      const [from, to] = await rig.wire(options);
      const [longest, pieces] = [options.mtu + header + tag, 5];
      const frame = frameTo(to, longest);
      const last = longest - (pieces - 1) * dataRoom;
      const lengths = [
        0,
        1,
        header - 1,
        header,
        last - 1,
        last,
        last + 1,
        dataRoom - 1,
        dataRoom,
        dataRoom + 1,
        65535,
      ];
      for (let spoiled = 0; spoiled < pieces; spoiled++) {
        for (const length of lengths) {
          // What has no EOP loses nothing with it.
          if (spoiled > 0) inject(to, `rx-no-eop:${spoiled}`);
          inject(to, `rx-length:${length}`);
          const said = range(1, pieces).map((n) => (n < pieces ? dataRoom : last));
          said[spoiled] = length;
          const handsOn = spoiled < pieces - 1 ? length === dataRoom : length > 0 && length <= last;
          assert.deepEqual(await sendOn(rig, from, to, frame, 1), handsOn ? said : [], `${said}`);
        }
      }
    }),
  );
});
