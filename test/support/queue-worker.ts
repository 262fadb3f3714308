// Uses queues of the main thread's port as it is told, one message at a time; see QueueWorker.
import { parentPort, workerData } from 'node:worker_threads';
import { attachPool, attachRxQueue, attachTxQueue, PmdError } from '../../src/index.ts';
import type { Command } from './queue-worker-client.ts';

const rx = attachRxQueue(workerData.data.rx);
const tx = attachTxQueue(workerData.data.tx);
const pool = attachPool(workerData.data.pool);
const burst = pool.createBurst(64);

/** Forwards for ever, and hears commands meanwhile. Between two turns of the event loop it has frames in hand. */
function forward(): void {
  tx.send(burst);
  burst.release();
  rx.receive(burst);
  setImmediate(forward);
}

async function run(command: Command): Promise<unknown> {
  switch (command) {
    case 'receive':
      while (rx.receive(burst) === 0);
      return burst.count;
    case 'try':
      return rx.receive(burst);
    case 'send':
      return tx.send(burst);
    case 'drain':
      return await tx.drain({ timeoutMs: 60_000 });
    case 'release':
      return burst.release();
    case 'allocate':
      return burst.allocate();
    case 'detach':
      rx.detach();
      tx.detach();
      return;
    case 'count':
      return burst.count;
    case 'closed':
      return pool.closed;
    case 'iterate':
      for await (const received of rx) return received.count;
      return 0;
    case 'spin':
      parentPort!.postMessage({ result: 'spinning' });
      for (;;) {
        if (rx.receive(burst) > 0) tx.send(burst);
        burst.release();
      }
    case 'forward':
      forward();
      return 'forwarding';
    case 'exit':
      process.exit(7);
      break;
    case 'throw':
      setImmediate(() => {
        throw new RangeError('thrown in a worker');
      });
  }
}

parentPort!.on('message', async (command: Command) => {
  try {
    parentPort!.postMessage({ result: await run(command) });
  } catch (error) {
    if (!(error instanceof PmdError)) throw error;
    parentPort!.postMessage({ code: error.code });
  }
});
