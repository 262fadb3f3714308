import assert from 'node:assert/strict';
import { RxFlag, TxRequest, verifyChecksums } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { closing, freshAddress } from '../support/ports.ts';
import { append, expectSegments, largeFrame, segmentSize } from '../support/segments.ts';
import { until } from '../support/until.ts';

describe('A frame that is to be cut', () => {
  for (const [version, by, option] of [
    [4, 'the device', ''],
    [6, 'the device', ''],
    [4, 'the library', ',offloads=none'],
    [6, 'the library', ',offloads=none'],
  ] as const) {
    it(
      `arrives as segments that ${by} has made, whose payload, put together, is what was sent, over IPv${version}`,
      closing(async (open) => {
        const payload = 60_000;
        const pool = await open.pool();
        const address = freshAddress() + option;
        const near = await open.port(address, { pool });
        const far = await open.port(address, { pool });
        const frame = largeFrame(near, far, version, payload);
        const out = pool.createBurst(64, { columns: ['segmentSize', 'txRequest'] });
        const first = append(out, frame);
        out.segmentSizes[first] = segmentSize;
        assert.ok(near.tx[0].send(out) > 1);
        assert.equal(out.count, 0);
        await expectSegments(far, pool, frame, version);
      }),
    );
  }

  it(
    'is refused, and nothing sent, when it is none, or its segments are too long or too many',
    closing(async (open) => {
      const pool = await open.pool();
      const [near, far] = await open.wire({ pool });
      const out = pool.createBurst(64, { columns: ['segmentSize', 'txRequest'] });
      const cases: [Uint8Array, number, ReturnType<typeof pmdError>][] = [
        [new Uint8Array(100), 100, pmdError('ERR_PMD_INVALID_ARGUMENT', /entry 0 .*requests/)],
        [largeFrame(near, far, 4, 0), 100, pmdError('ERR_PMD_INVALID_ARGUMENT', /entry 0 .*requests/)],
        [largeFrame(near, far, 4, 1000), 9217, pmdError('ERR_PMD_INVALID_ARGUMENT', /entry 0 .*requests/)],
        [largeFrame(near, far, 4, 5000), 1465, pmdError('ERR_PMD_FRAME_LENGTH', /entry 0/)],
        [largeFrame(near, far, 4, 2000), 1, pmdError('ERR_PMD_INVALID_ARGUMENT', /entry 0 .*requests/)],
      ];
      for (const [frame, size, error] of cases) {
        const first = append(out, frame);
        out.segmentSizes[first] = size;
        assert.throws(() => near.tx[0].send(out), error);
        out.release();
      }
      assert.equal(near.stats().txPackets, 0);
    }),
  );
});

describe('verifyChecksums()', () => {
  it(
    'says of frames that the device did not check what another device says of them',
    closing(async (open) => {
      const pool = await open.pool();
      const [near, far] = await open.wire({ pool });
      const address = `${freshAddress()},offloads=none`;
      const other = await open.pool();
      const plain = await open.port(address, { pool: other });
      const blind = await open.port(address, { pool: other });
      assert.equal(blind.capabilities.rxFlags & RxFlag.l4ChecksumGood, 0);
      for (const spoiled of [false, true]) {
        const statuses: number[] = [];
        for (const [from, to] of [
          [near, far],
          [plain, blind],
        ] as const) {
          const out = from.pool.createBurst(1, { columns: ['txRequest'] });
          const frame = largeFrame(from, to, 4, 500);
          frame.set([(frame.length - 14) >> 8, (frame.length - 14) & 0xff], 16);
          out.append(frame);
          out.txRequests[0] = spoiled ? TxRequest.ipChecksum : TxRequest.ipChecksum | TxRequest.l4Checksum;
          assert.equal(from.tx[0].send(out), 1);
          const back = from.pool.createBurst(1);
          await until('it arrives', () => to.rx[0].receive(back) > 0);
          if (to === blind) assert.equal(back.statuses[0], 0);
          assert.equal(verifyChecksums(back), 1);
          statuses.push(back.statuses[0]!);
          back.release();
        }
        const l4 = spoiled ? RxFlag.l4ChecksumBad : RxFlag.l4ChecksumGood;
        assert.deepEqual(statuses, Array(2).fill(RxFlag.ipChecksumGood | l4 | RxFlag.ipv4 | RxFlag.tcp));
      }
    }),
  );
});

describe('rx.ready()', () => {
  it(
    'counts what waits to be received',
    closing(async (open) => {
      const [near, far] = await open.wire({ pool: await open.pool() });
      assert.equal(far.rx[0].ready(), 0);
      const burst = near.pool.createBurst(8);
      for (let i = 0; i < 5; i++) burst.append(largeFrame(near, far, 4, i));
      near.tx[0].send(burst);
      await until('five are ready', () => far.rx[0].ready() === 5);
      assert.equal(far.rx[0].receive(burst, 2), 2);
      assert.equal(far.rx[0].ready(), 3);
      burst.release();
    }),
  );
});
