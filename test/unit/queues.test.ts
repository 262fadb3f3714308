import assert from 'node:assert/strict';
import { attachRxQueue, attachTxQueue, type RxQueueToken, type TxQueueToken } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';
import { drain, fill, receiveAll } from '../support/frames.ts';
import { closing, freshFlood } from '../support/ports.ts';
import { spinUntil } from '../support/until.ts';
import { nextMessage, startWorker } from '../support/workers.ts';

describe('a queue', () => {
  it(
    'can be attached twice in one thread, and is given up when the last lets go',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const tx = attachTxQueue(left.tx[0].token);
      const rx = attachRxQueue(right.rx[0].token);
      const out = left.pool.createBurst();
      const burst = right.pool.createBurst();
      for (const [sender, receiver] of [
        [tx, rx],
        [left.tx[0], right.rx[0]],
      ] as const) {
        fill(out, right, 1);
        assert.equal(sender.send(out), 1);
        spinUntil('a frame', () => receiver.receive(burst) === 1);
        burst.release();
      }
      tx.detach();
      rx.detach();
      fill(out, right, 32);
      assert.equal(left.tx[0].send(out), 32);
      drain(left);
      receiveAll(right, burst, 32);
      burst.release();
    }),
  );

  it(
    'works again after it was detached',
    closing(async (open) => {
      const [left, right] = await open.wire();
      const out = left.pool.createBurst();
      const burst = right.pool.createBurst();
      for (let round = 0; round < 3; round++) {
        fill(out, right, 5, round);
        assert.equal(left.tx[0].send(out), 5);
        left.tx[0].detach();
        left.tx[0].detach();
        receiveAll(right, burst, 5);
        right.rx[0].detach();
        burst.release();
      }
      assert.ok(left.tx[0].reclaim() >= 0);
      left.tx[0].detach();
    }),
  );

  const forged = (token: RxQueueToken | TxQueueToken): unknown[] => [
    undefined,
    null,
    1,
    'token',
    {},
    { ...token, kind: 'vfio-pmd/pool' },
    { kind: token.kind },
    { ...token, port: '1' },
    { ...token, port: -1 },
    { ...token, port: 1.5 },
    { ...token, port: Number.NaN },
    { ...token, queue: 'a' },
    { ...token, queue: null },
    { ...token, queue: -1 },
    { ...token, pool: undefined },
    { ...token, pool: {} },
    { ...token, pool: 2 ** 33 },
    { ...token, address: 5 },
  ];
  it(
    'is not found by a forged token',
    closing(async (open) => {
      const [port] = await open.wire();
      const burst = port.pool.createBurst();
      for (const token of forged(port.rx[0].token)) {
        assert.throws(
          () => attachRxQueue(token as RxQueueToken),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /token/),
        );
      }
      for (const token of forged(port.tx[0].token)) {
        assert.throws(
          () => attachTxQueue(token as TxQueueToken),
          pmdError('ERR_PMD_INVALID_ARGUMENT', /token/),
        );
      }
      // @ts-expect-error a token of another kind does not compile
      assert.throws(() => attachRxQueue(port.tx[0].token), pmdError('ERR_PMD_INVALID_ARGUMENT'));
      // @ts-expect-error
      assert.throws(() => attachTxQueue(port.rx[0].token), pmdError('ERR_PMD_INVALID_ARGUMENT'));
      const second = { ...port.rx[0].token, queue: 1 };
      assert.throws(
        () => attachRxQueue(second).receive(burst),
        pmdError('ERR_PMD_INVALID_ARGUMENT', /no RX queue 1/),
      );
      const unknown = { ...port.tx[0].token, port: 2 ** 30 };
      assert.throws(() => attachTxQueue(unknown).send(burst), pmdError('ERR_PMD_CLOSED'));
    }),
  );

  it(
    "is not used with another pool than its port's, whatever the token says",
    closing(async (open) => {
      const small = await open.pool({ buffers: 64, hugePages: 'never' });
      const port = await open.port(freshFlood());
      const token = { ...port.rx[0].token, pool: small.token.pool };
      const burst = small.createBurst();
      assert.throws(() => attachRxQueue(token).receive(burst), pmdError('ERR_PMD_POOL_MISMATCH'));
      const tx = { ...port.tx[0].token, pool: small.token.pool };
      assert.throws(() => attachTxQueue(tx).send(burst), pmdError('ERR_PMD_POOL_MISMATCH'));
    }),
  );

  it(
    'leaves a token that it was given as it was',
    closing(async (open) => {
      const [port] = await open.wire();
      const token = { ...port.rx[0].token };
      const rx = attachRxQueue(token);
      assert.equal(Object.isFrozen(token), false);
      (token as { port: number }).port = 12345;
      assert.equal(rx.receive(port.pool.createBurst()), 0);
      assert.deepEqual(rx.token, port.rx[0].token);
    }),
  );
});

describe('the buffers that a thread keeps ready', () => {
  it(
    'are few, however large its bursts',
    closing(async (open) => {
      // The port's needs are set aside; what is beyond them must be there for other pools' users: here, for a worker's
      // sake, the test looks at what this thread's cache keeps from them.
      const pool = await open.pool({ buffers: 4096, hugePages: 'never' });
      const port = await open.port(freshFlood(), { pool, rxRing: 512, txRing: 64 });
      const burst = pool.createBurst(1024);
      spinUntil('frames', () => port.rx[0].receive(burst) > 0);
      burst.release();
      const worker = startWorker('allocate-worker.ts', pool.token);
      const allocated = await nextMessage<number>(worker);
      await worker.terminate();
      assert.ok(allocated >= pool.usage().free - 256, `a thread could allocate only ${allocated}`);
    }),
  );
});
