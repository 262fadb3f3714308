import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

// Node 20 loads no TypeScript in a worker by itself, and tsx's loader is not inherited.
const boot = `
  const { workerData } = require('node:worker_threads');
  import('tsx/esm/api').then((tsx) => {
    tsx.register();
    return import(workerData.module);
  });
`;

/** A worker that runs a module of this directory with `data` as its `workerData.data`. */
export function startWorker(module: string, data: unknown): Worker {
  return new Worker(boot, {
    eval: true,
    workerData: { module: new URL(module, import.meta.url).href, data },
  });
}

/** The worker's next message; rejects when it ends or fails before. */
export async function nextMessage<T>(worker: Worker): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const ended = once(worker, 'exit', { signal }).then(([code]) => {
    throw new Error(`the worker ended with ${code} before it said anything`);
  });
  try {
    const [message] = await Promise.race([once(worker, 'message', { signal }), ended]);
    return message as T;
  } finally {
    ended.catch(() => {}); // aborted now
    controller.abort();
  }
}
