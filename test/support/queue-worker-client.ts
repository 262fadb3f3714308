import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import type { Port } from '../../src/index.ts';
import { nextMessage, startWorker } from './workers.ts';

export type Command =
  | 'receive'
  | 'try'
  | 'send'
  | 'drain'
  | 'release'
  | 'allocate'
  | 'detach'
  | 'count'
  | 'closed'
  | 'iterate'
  | 'spin'
  | 'forward'
  | 'exit'
  | 'throw';

/** A worker with the queues of this thread's ports: receives from one, sends on the other. */
export class QueueWorker {
  readonly worker: Worker;

  constructor(from: Port, to: Port = from) {
    this.worker = startWorker('queue-worker.ts', {
      pool: from.pool.token,
      rx: from.rx[0].token,
      tx: to.tx[0].token,
    });
  }

  /** What the command came to: its result, or the code of the error that it threw. */
  async do(command: Command): Promise<unknown> {
    this.worker.postMessage(command);
    const { result, code } = await nextMessage<{ result?: unknown; code?: string }>(this.worker);
    return code ?? result;
  }

  /** Has it end by itself; resolves with its exit code. */
  async end(command: 'exit' | 'throw'): Promise<number> {
    const failed = once(this.worker, 'error').catch(() => {});
    const exited = once(this.worker, 'exit');
    this.worker.once('error', () => {});
    this.worker.postMessage(command);
    const [code] = await exited.catch(() => once(this.worker, 'exit'));
    void failed;
    return code as number;
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }
}
