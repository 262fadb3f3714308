// Uses two rings of the main thread as it is told, one message at a time; see RingWorker.
import { parentPort, workerData } from 'node:worker_threads';
import { attachRing, type Burst, PmdError } from '../../src/index.ts';
import type { Command } from './ring-worker-client.ts';

const from = attachRing(workerData.data.from);
const to = attachRing(workerData.data.to);
const burst = from.pool.createBurst(64);

/** Waits, without a turn of the event loop, until there is room. */
function sendAll(frames: Burst): void {
  while (frames.count > 0) to.send(frames);
}

async function forward(): Promise<void> {
  for await (const frames of from) sendAll(frames);
}

const commands: Record<Command, () => unknown> = {
  receive: () => from.receive(burst),
  send: () => to.send(burst),
  forward: () => {
    void forward();
  },
  detach: () => {
    from.detach();
    to.detach();
  },
  throw: () => {
    setImmediate(() => {
      throw new Error('thrown by a worker');
    });
  },
  exit: () => setImmediate(() => process.exit(7)),
};

parentPort?.on('message', (command: Command) => {
  try {
    parentPort?.postMessage({ result: commands[command]() });
  } catch (error) {
    if (!(error instanceof PmdError)) throw error;
    parentPort?.postMessage({ code: error.code });
  }
});
parentPort?.postMessage({ result: 'ready' });
