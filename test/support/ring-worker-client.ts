import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { Ring } from '../../src/index.ts';
import { nextMessage, startWorker } from './workers.ts';

export type Command = 'receive' | 'send' | 'forward' | 'detach' | 'throw' | 'exit';

/** A worker that receives from one ring of this thread and sends to another. */
export class RingWorker {
  readonly worker: Worker;

  constructor(worker: Worker) {
    this.worker = worker;
  }

  /** What the command came to: its result, or the code of the error that it threw. */
  async do(command: Command): Promise<unknown> {
    this.worker.postMessage(command);
    const { result, code } = await nextMessage<{ result?: unknown; code?: string }>(this.worker);
    return code ?? result;
  }

  async end(how: 'terminate' | 'throw' | 'exit' = 'terminate'): Promise<void> {
    this.worker.on('error', () => {}); // as expected
    const exited = new Promise((resolve) => this.worker.once('exit', resolve));
    if (how === 'terminate') await this.worker.terminate();
    else this.worker.postMessage(how);
    await exited;
  }
}

/** Resolves once it is attached. */
export async function startRingWorker(from: Ring, to: Ring): Promise<RingWorker> {
  const worker = startWorker('ring-worker.ts', { from: from.token, to: to.token });
  await once(worker, 'message');
  return new RingWorker(worker);
}
