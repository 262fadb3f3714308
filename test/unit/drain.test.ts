import assert from 'node:assert/strict';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { Burst, Port } from '../../src/index.ts';
import { inject } from '../faults/support/rig.ts';
import { pmdError } from '../support/errors.ts';
import { fill, receiveAll } from '../support/frames.ts';
import { limitMs } from '../support/limits.ts';
import { type Closing, closing, freshAddress } from '../support/ports.ts';
import { QueueWorker } from '../support/queue-worker-client.ts';
import { until } from '../support/until.ts';
import { warnings } from '../support/warnings.ts';
import { nextMessage } from '../support/workers.ts';

const small = { rxRing: 64, txRing: 64 };
/** The device sends; how soon is up to the host. */
const patient = { timeoutMs: limitMs(60) };

/** Two ends of a wire over one pool, and a burst with frames for the right one. */
async function loaded(open: Closing, wire: string, frames: number): Promise<[Port, Port, Burst]> {
  const pool = await open.pool();
  const left = await open.port(wire, { pool, ...small });
  const right = await open.port(wire, { pool, ...small });
  const burst = pool.createBurst(64);
  fill(burst, right, frames);
  return [left, right, burst];
}

const warningsOfUnsent = (body: () => Promise<void>) => warnings('PMD_FRAMES_UNSENT', body);

describe('frames that were just sent', () => {
  it('arrive when the port is closed at once', async function () {
    this.timeout(60_000);
    const warned = await warningsOfUnsent(async () => {
      for (let round = 0; round < 100; round++) {
        await closing(async (open) => {
          const frames = 1 + (round % 60);
          const [left, right, burst] = await loaded(open, freshAddress(), frames);
          assert.equal(left.tx[0].send(burst), frames);
          await left.close();
          receiveAll(right, burst, frames);
          burst.release();
          assert.equal(left.stats().txUnsent, 0);
        })();
      }
    });
    assert.deepEqual(warned, []);
  });

  it('arrive over a slow wire, too', async () => {
    await closing(async (open) => {
      const [left, right, burst] = await loaded(open, `${freshAddress()},rate=2k`, 40); // which takes 20 ms
      assert.equal(left.tx[0].send(burst), 40);
      await left.close();
      receiveAll(right, burst, 40);
      burst.release();
    })();
  });

  it('are told of when the wire is too slow for them, and all are accounted for', async () => {
    let unsent = 0;
    const warned = await warningsOfUnsent(
      closing(async (open) => {
        const [left, right, burst] = await loaded(open, `${freshAddress()},rate=450`, 60);
        assert.equal(left.tx[0].send(burst), 60);
        await left.close();
        const { txPackets, txUnsent, device } = left.stats();
        assert.equal(txPackets, 60);
        // The device reports the 32nd frame of a burst, and its last. How far it came is up to the host.
        const sent = device.txPackets!;
        assert.equal(txUnsent, 60 - (sent === 60 ? 60 : sent >= 32 ? 32 : 0), `${sent} sent`);
        unsent = txUnsent;
        receiveAll(right, burst, sent);
        burst.release();
      }),
    );
    const told = unsent === 0 ? [] : [`was closed before it had sent ${unsent} frames`];
    assert.deepEqual(
      warned.map((text) => text.replace(/^emu:\S+ /, '')),
      told,
    );
  });

  it('are told of when the device stops amid them', async () => {
    const warned = await warningsOfUnsent(
      closing(async (open) => {
        const [left, right, burst] = await loaded(open, freshAddress(), 60);
        assert.equal(left.tx[0].send(burst, 32), 32);
        await left.tx[0].drain(patient);
        inject(left, 'dma-stop');
        assert.equal(left.tx[0].send(burst), 28);
        await left.close();
        const { txPackets, txUnsent, device } = left.stats();
        assert.deepEqual([txPackets, txUnsent, device.txPackets], [60, 28, 32]);
        receiveAll(right, burst, 32);
        burst.release();
      }),
    );
    assert.match(warned.join('\n'), /^emu:\S+ was closed before it had sent 28 frames$/);
  });

  it('are not waited for while the link is down', async () => {
    const warned = await warningsOfUnsent(
      closing(async (open) => {
        const [left, , burst] = await loaded(open, freshAddress(), 5);
        inject(left, 'dma-stop', 'link-down');
        await until('the link to be down', () => !left.link.up);
        assert.equal(left.tx[0].send(burst), 5);
        await left.close();
        assert.equal(left.stats().txUnsent, 5);
      }),
    );
    assert.match(warned.join('\n'), /^\S+ was closed before it had sent 5 frames$/);
  });
});

describe('tx.pending and tx.drain', () => {
  it(
    'count what the device has yet to send, and wait for it',
    closing(async (open) => {
      const [left, right, burst] = await loaded(open, `${freshAddress()},rate=2k`, 40);
      assert.equal(left.tx[0].pending(), 0);
      await left.tx[0].drain({ timeoutMs: 0 });
      inject(left, 'dma-stop');
      left.tx[0].send(burst);
      assert.equal(left.tx[0].pending(), 40);
      inject(left, 'dma-run');
      await Promise.all([left.tx[0].drain(patient), left.tx[0].drain(patient)]);
      assert.equal(left.tx[0].pending(), 0);
      assert.equal(left.stats().txUnsent, 0);
      receiveAll(right, burst, 40);
      burst.release();
    }),
  );

  it(
    'say how many frames are left when the time is over, and these still go out',
    closing(async (open) => {
      const [left, right, burst] = await loaded(open, freshAddress(), 40);
      inject(left, 'dma-stop');
      left.tx[0].send(burst);
      const begin = performance.now();
      await assert.rejects(
        left.tx[0].drain({ timeoutMs: 10 }),
        pmdError('ERR_PMD_NOT_SENT', /^emu:\S+: 40 frames were not sent: the device does not send/),
      );
      assert.ok(performance.now() - begin >= 10);
      inject(left, 'dma-run');
      await left.tx[0].drain(patient);
      receiveAll(right, burst, 40);
      burst.release();
    }),
  );

  it(
    'name the link when it is down',
    closing(async (open) => {
      const [left, , burst] = await loaded(open, freshAddress(), 5);
      inject(left, 'dma-stop', 'link-down');
      await until('the link to be down', () => !left.link.up);
      left.tx[0].send(burst);
      await assert.rejects(
        left.tx[0].drain({ timeoutMs: 5 }),
        pmdError('ERR_PMD_NOT_SENT', /5 frames were not sent: the link is down/),
      );
    }),
  );

  it(
    'tell of frames that a reset has lost, and how many of a port that still recovers',
    closing(async (open) => {
      const [left, , burst] = await loaded(open, freshAddress(), 7);
      inject(left, 'dma-stop');
      left.tx[0].send(burst);
      const lost = pmdError('ERR_PMD_NOT_SENT', /7 frames were not sent: the device was reset/);
      const drained = [assert.rejects(left.tx[0].drain({ timeoutMs: 20_000 }), lost)];
      const recovering = once(left, 'recovering');
      inject(left, 'pf-reset-begin');
      await recovering;
      assert.equal(left.tx[0].pending(), 7);
      await assert.rejects(
        left.tx[0].drain({ timeoutMs: 0 }),
        pmdError('ERR_PMD_NOT_SENT', /: 7 frames were not sent: the port recovers/),
      );
      drained.push(assert.rejects(left.tx[0].drain({ timeoutMs: 20_000 }), lost));
      inject(left, 'dma-run', 'pf-reset-end');
      await Promise.all(drained);
      assert.equal(left.tx[0].pending(), 0);
      assert.equal(left.stats().txUnsent, 7);
    }),
  );

  it(
    'wait for nothing on the ring of a port that recovers',
    closing(async (open) => {
      const port = await open.port(freshAddress(), small);
      const recovering = once(port, 'recovering');
      inject(port, 'pf-reset-begin');
      await recovering;
      assert.equal(port.tx[0].pending(), 0);
      await port.tx[0].drain({ timeoutMs: 0 });
      inject(port, 'pf-reset-end');
    }),
  );

  /** Frames that the device does not take, and a wait for them to be sent. */
  const waiting = async (open: Closing): Promise<[Port, Promise<void>]> => {
    const [left, , burst] = await loaded(open, freshAddress(), 5);
    inject(left, 'dma-stop');
    left.tx[0].send(burst);
    return [left, left.tx[0].drain({ timeoutMs: 60_000 })];
  };

  it('end with the port', async () => {
    const warned = await warningsOfUnsent(
      closing(async (open) => {
        const [left, drained] = await waiting(open);
        await Promise.all([left.close(), assert.rejects(drained, pmdError('ERR_PMD_CLOSED'))]);
      }),
    );
    assert.match(warned.join('\n'), /^\S+ was closed before it had sent 5 frames$/);
  });

  it(
    'end with the device',
    closing(async (open) => {
      const [left, drained] = await waiting(open);
      inject(left, 'removal');
      await assert.rejects(drained, pmdError('ERR_PMD_REMOVED'));
    }),
  );

  it(
    'end when the thread gives the queue up, and do not take it back',
    closing(async (open) => {
      const [left, drained] = await waiting(open);
      left.tx[0].detach();
      const worker = new QueueWorker(left);
      try {
        await assert.rejects(
          drained,
          pmdError('ERR_PMD_NOT_SENT', /5 frames were not sent: the queue was given up/),
        );
        assert.equal(await worker.do('send'), 0);
        assert.throws(() => left.tx[0].pending(), pmdError('ERR_PMD_BUSY'));
      } finally {
        await worker.terminate();
      }
      inject(left, 'dma-run');
    }),
  );

  /** A worker that waits for its frames, which the device does not take. */
  const waitingWorker = async (open: Closing): Promise<[Port, QueueWorker]> => {
    const [left, right, burst] = await loaded(open, freshAddress(), 1);
    left.tx[0].send(burst);
    const worker = new QueueWorker(right);
    assert.equal(await worker.do('receive'), 1);
    inject(right, 'dma-stop');
    assert.equal(await worker.do('send'), 1);
    worker.worker.postMessage('drain');
    assert.equal(await worker.do('try'), 0); // while it waits
    return [right, worker];
  };

  it('end in a worker when the main thread closes the port', async () => {
    await warningsOfUnsent(
      closing(async (open) => {
        const [port, worker] = await waitingWorker(open);
        const end = nextMessage<{ code: string }>(worker.worker);
        await port.close();
        assert.equal((await end).code, 'ERR_PMD_CLOSED');
        await worker.terminate();
      }),
    );
  });

  it(
    'end with the thread that waits, and others can wait then',
    closing(async (open) => {
      const [port, worker] = await waitingWorker(open);
      await worker.terminate();
      assert.equal(port.tx[0].pending(), 1);
      inject(port, 'dma-run');
      await port.tx[0].drain(patient);
    }),
  );

  it(
    'refuse wrong options, and a port that is closed',
    closing(async (open) => {
      const port = await open.port(freshAddress(), small);
      for (const timeoutMs of [-1, 0.5, Number.NaN, 3_600_001, '1']) {
        const options = { timeoutMs } as { timeoutMs: number };
        await assert.rejects(port.tx[0].drain(options), pmdError('ERR_PMD_INVALID_ARGUMENT', /timeoutMs/));
      }
      await port.close();
      assert.throws(() => port.tx[0].pending(), pmdError('ERR_PMD_CLOSED'));
      await assert.rejects(port.tx[0].drain(), pmdError('ERR_PMD_CLOSED'));
    }),
  );
});
