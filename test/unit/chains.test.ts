import assert from 'node:assert/strict';
import { type Burst, openPort, type Pool, RxFlag, TxRequest } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { closing, freshAddress } from '../support/ports.ts';
import { until, untilSeen } from '../support/until.ts';

/** Appends a frame of the given pieces. */
function appendChain(burst: Burst, ...pieces: Uint8Array[]): void {
  const first = burst.count;
  for (const piece of pieces) assert.ok(burst.append(piece));
  if (pieces.length > 1) burst.chain(first, pieces.length);
}

const filled = (bytes: number, value: number) => new Uint8Array(bytes).fill(value);

/** The frames of a burst, each by the values of its pieces. */
function shape(burst: Burst): number[][] {
  const frames: number[][] = [];
  for (let i = 0; i < burst.count; i += burst.frameEntries(i)) {
    const entries = Array.from({ length: burst.frameEntries(i) }, (_, k) => i + k);
    frames.push(entries.map((entry) => burst.frame(entry)[0]!));
  }
  return frames;
}

function chained(pool: Pool): Burst {
  const burst = pool.createBurst(16);
  appendChain(burst, filled(60, 1));
  appendChain(burst, filled(100, 2), filled(100, 3), filled(100, 4));
  appendChain(burst, filled(60, 5));
  appendChain(burst, filled(70, 6), filled(70, 7));
  return burst;
}

describe('A burst with frames of several entries', () => {
  it(
    'says how many entries and bytes a frame has',
    closing(async (open) => {
      const burst = chained(await open.pool());
      assert.equal(burst.hasChains, true);
      assert.deepEqual(shape(burst), [[1], [2, 3, 4], [5], [6, 7]]);
      assert.deepEqual(
        [0, 1, 4, 5].map((i) => burst.frameLength(i)),
        [60, 300, 60, 140],
      );
      burst.release();
    }),
  );

  it(
    'keeps them whole when it is filtered',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = chained(pool);
      const asked: number[] = [];
      burst.filter((b, i) => {
        asked.push(b.frame(i)[0]!);
        return b.frame(i)[0] !== 1;
      });
      assert.deepEqual(asked, [1, 2, 5, 6]);
      assert.deepEqual(shape(burst), [[2, 3, 4], [5], [6, 7]]);
      burst.filter((b, i) => b.frameEntries(i) === 1);
      assert.deepEqual(shape(burst), [[5]]);
      burst.release();
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'swaps and moves them whole',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = chained(pool);
      burst.swap(5, 0);
      assert.deepEqual(shape(burst), [[6, 7], [2, 3, 4], [5], [1]]);
      burst.swap(0, 2);
      assert.deepEqual(shape(burst), [[2, 3, 4], [6, 7], [5], [1]]);
      const other = pool.createBurst(4);
      assert.equal(burst.move(5, other), true);
      assert.equal(burst.move(0, other), true);
      assert.deepEqual(shape(burst), [[6, 7], [1]]);
      assert.deepEqual(shape(other), [[5], [2, 3, 4]]);
      assert.equal(burst.move(0, other), false, 'there is no room');
      burst.release();
      other.release();
      assert.equal(pool.usage().application, 0);
    }),
  );

  it(
    'copies them into buffers of their own',
    closing(async (open) => {
      const pool = await open.pool();
      const burst = chained(pool);
      const other = pool.createBurst(4);
      assert.equal(burst.copy(1, other), true);
      assert.deepEqual(shape(other), [[2, 3, 4]]);
      assert.equal(burst.copy(1, other), false);
      assert.equal(other.count, 3);
      assert.equal(pool.usage().application, 10);
      assert.notEqual(other.indices[0], burst.indices[1]);
      burst.release();
      other.release();
    }),
  );

  it(
    'refuses to release a part of one, and entries that are not there',
    closing(async (open) => {
      const pool = await open.pool();
      const stranger = (await open.pool({ buffers: 64 })).createBurst();
      const burst = chained(pool);
      assert.throws(() => burst.release(2), pmdError('ERR_PMD_INVALID_ARGUMENT', /entry 2 .*inside a frame/));
      assert.equal(burst.count, 7);
      for (const wrong of [-1, 7, 1.5, Number.NaN]) {
        assert.throws(() => burst.swap(0, wrong), pmdError('ERR_PMD_INVALID_ARGUMENT', /entry/));
        assert.throws(() => burst.chain(wrong, 1), pmdError('ERR_PMD_INVALID_ARGUMENT', /entry/));
        assert.throws(
          () => burst.move(wrong, pool.createBurst()),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /entry/),
        );
      }
      assert.throws(() => burst.chain(5, 3), pmdError('ERR_PMD_INVALID_ARGUMENT', /the burst has 7/));
      assert.throws(() => burst.move(0, stranger), pmdError('ERR_PMD_POOL_MISMATCH'));
      assert.throws(() => burst.move(0, burst), pmdError('ERR_PMD_INVALID_ARGUMENT', /is this one/));
      assert.throws(() => burst.move(0, {} as Burst), pmdError('ERR_PMD_INVALID_ARGUMENT', /not a burst/));
      burst.release(1);
      assert.deepEqual(shape(burst), [[1]]);
      burst.release();
    }),
  );

  it(
    'has none again once it was emptied and filled anew',
    closing(async (open) => {
      const burst = chained(await open.pool());
      burst.release();
      burst.append(filled(60, 1));
      burst.append(filled(60, 2));
      assert.equal(burst.hasChains, false);
      burst.statuses[0] = RxFlag.more; // as a received frame's status may be
      assert.equal(burst.frameEntries(0), 1);
      burst.release();
    }),
  );
});

describe('A frame of several buffers', () => {
  it(
    'is sent as one, and received in one buffer or in several',
    closing(async (open) => {
      const small = await open.pool();
      const large = await open.pool({ buffers: 2048, dataRoom: 10240 });
      for (const pool of [small, large]) {
        const wire = freshAddress();
        const sender = await open.port(wire, { pool: small, mtu: 9000, chains: true });
        const receiver = await open.port(wire, { pool, mtu: 9000, chains: pool === small });
        const out = small.createBurst(8);
        const bytes = Buffer.alloc(9014, 0).map((_, i) => i % 251);
        bytes.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        for (let at = 0; at < bytes.length; at += 2000) out.append(bytes.subarray(at, at + 2000));
        out.chain(0, 5);
        assert.equal(sender.tx[0].send(out), 5);
        assert.equal(out.count, 0);
        const into = pool.createBurst(16);
        while (receiver.rx[0].receive(into) === 0) await new Promise(setImmediate);
        assert.equal(into.frameEntries(0), pool === small ? 5 : 1);
        const arrived = Buffer.concat(
          Array.from({ length: into.count }, (_, i) => Buffer.from(into.frame(i))),
        );
        assert.deepEqual(arrived, Buffer.from(bytes));
        assert.equal(receiver.stats().rxPackets, 1);
        assert.equal(sender.stats().txPackets, 1);
        into.release();
        await receiver.close();
        await sender.close();
      }
    }),
  );

  it(
    'is received whole or not at all, and dropped where it takes more entries than the call',
    closing(async (open) => {
      const pool = await open.pool();
      const [left, right] = await open.wire({ pool, mtu: 9000, chains: true });
      const sendFrame = (value: number) => {
        const out = pool.createBurst(5);
        const head = filled(1800, value).fill(0xff, 0, 6);
        appendChain(out, head, ...Array.from({ length: 4 }, () => filled(1800, value)));
        assert.equal(left.tx[0].send(out), 5);
      };
      const rx = right.rx[0];
      const into = pool.createBurst(8);
      const arrives = () => until('a frame', () => rx.receive(into) > 0);
      sendFrame(1);
      sendFrame(2);
      await arrives();
      assert.equal(into.count, 5);
      await untilSeen('both frames', async () => {
        await right.refresh();
        return right.stats().device.rxPackets === 2;
      });
      assert.equal(rx.receive(into), 0, 'three entries are no room for five');
      into.release();
      await arrives();
      assert.deepEqual(shape(into), [[0xff, 2, 2, 2, 2]]);
      into.release();

      sendFrame(3);
      sendFrame(4);
      await until('both are dropped', () => {
        assert.equal(rx.receive(into, 4), 0);
        return right.stats().rxDropped.oversize === 10;
      });
      sendFrame(5);
      await arrives();
      assert.deepEqual(shape(into), [[0xff, 5, 5, 5, 5]]);
      into.release();
    }),
  );

  it(
    'needs a larger size class or chains where the MTU asks for it',
    closing(async (open) => {
      const pool = await open.pool();
      await assert.rejects(
        openPort(freshAddress(), { pool, mtu: 9000 }),
        pmdError('ERR_PMD_INVALID_ARGUMENT', /dataRoom is 10240 or with chains: true/),
      );
    }),
  );
});

describe('The request of a frame that is sent', () => {
  it(
    'is done: a tag, and checksums of IPv4 and UDP',
    closing(async (open) => {
      const pool = await open.pool();
      const [left, right] = await open.wire({ pool });
      const burst = pool.createBurst(4, { columns: ['txRequest'] });
      const frame = Buffer.from(
        `ffffffffffff02000000000a0800${'4500002300000000401100000a0000010a000002'}${'00350035000f000061626364656667'}`,
        'hex',
      );
      burst.append(Buffer.concat([frame, Buffer.alloc(60 - frame.length)]));
      burst.txRequests[0] = TxRequest.vlan | TxRequest.ipChecksum | TxRequest.l4Checksum | (0x2005 << 16);
      await right.setVlan(5, true);
      assert.equal(left.tx[0].send(burst), 1);
      const into = pool.createBurst(4);
      while (right.rx[0].receive(into) === 0) await new Promise(setImmediate);
      assert.equal(into.statuses[0]! & RxFlag.vlan, RxFlag.vlan);
      assert.equal(into.statuses[0]! >>> 16, 0x2005);
      const good = RxFlag.ipChecksumGood | RxFlag.l4ChecksumGood;
      assert.equal(into.statuses[0]! & (good | RxFlag.ipChecksumBad | RxFlag.l4ChecksumBad), good);
      into.release();
    }),
  );

  it(
    'is refused, and nothing sent, where the frame has no such checksum',
    closing(async (open) => {
      const [left] = await open.wire();
      const { pool } = left;
      const burst = pool.createBurst(4, { columns: ['txRequest'] });
      burst.append(filled(60, 1));
      burst.append(filled(60, 2));
      for (const request of [TxRequest.ipChecksum, TxRequest.l4Checksum, 1 << 15]) {
        burst.txRequests[1] = request;
        assert.throws(
          () => left.tx[0].send(burst),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /entry 1 .*requests/),
        );
      }
      assert.equal(burst.count, 2);
      assert.equal(left.stats().txPackets, 0);
      burst.release();
    }),
  );

  it(
    'needs room before the frame for a tag that the library inserts, and none for one that the device does',
    closing(async (open) => {
      for (const [address, isNative] of [
        [freshAddress(), true],
        [`${freshAddress()},offloads=none`, false],
      ] as const) {
        const port = await open.port(address);
        assert.equal(port.capabilities.txOffloads.vlan, isNative ? 'native' : 'software');
        const burst = port.pool.createBurst(4, { columns: ['txRequest'] });
        burst.append(filled(60, 1));
        burst.txRequests[0] = TxRequest.vlan;
        burst.offsets[0] = 3;
        if (isNative) assert.equal(port.tx[0].send(burst), 1);
        else
          assert.throws(
            () => port.tx[0].send(burst),
            pmdError('ERR_PMD_INVALID_ARGUMENT', /entry 0 .*requests/),
          );
        burst.release();
      }
    }),
  );

  it(
    'has a column, as hashes and timestamps have, if it was asked for',
    closing(async (open) => {
      const pool = await open.pool();
      const [left, right] = await open.wire({ pool });
      const plain = pool.createBurst(4);
      assert.throws(() => plain.txRequests, pmdError('ERR_PMD_INVALID_ARGUMENT', /no column 'txRequest'/));
      assert.throws(() => plain.hashes, pmdError('ERR_PMD_INVALID_ARGUMENT', /no column 'hash'/));
      assert.throws(() => plain.timestamps, pmdError('ERR_PMD_INVALID_ARGUMENT', /no column 'timestamp'/));
      for (const columns of ['hash', ['hashes'], [1], {}]) {
        assert.throws(
          () => pool.createBurst(4, { columns: columns as never }),
          pmdError('ERR_PMD_INVALID_ARGUMENT'),
        );
      }
      const full = pool.createBurst(4, { columns: ['hash', 'timestamp', 'txRequest'] });
      const before = BigInt(Date.now()) * 1_000_000n;
      const udp = (from: number, to: number) => {
        const frame = Buffer.alloc(60);
        frame.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 0, 0x45]);
        frame[23] = 17;
        frame[17] = 28; // of IP, with 8 of UDP
        frame.set([10, 0, 0, from, 10, 0, 0, to, 0, from, 0, to, 0, 8], 26);
        return frame;
      };
      plain.append(udp(1, 2));
      plain.append(udp(2, 1));
      plain.append(udp(1, 3));
      left.tx[0].send(plain);
      while (full.count < 3) {
        right.rx[0].receive(full);
        await new Promise(setImmediate);
      }
      assert.equal(full.hashes[0], full.hashes[1], 'both directions of a flow');
      assert.notEqual(full.hashes[0], full.hashes[2]);
      assert.ok(full.timestamps[0]! >= before && full.timestamps[2]! <= BigInt(Date.now() + 1) * 1_000_000n);
      assert.deepEqual([...full.txRequests.subarray(0, 3)], [0, 0, 0]);
      full.release();
    }),
  );
});
