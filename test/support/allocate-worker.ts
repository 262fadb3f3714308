// Takes as many buffers of a pool as it gets, says how many, and waits for its end.
import { parentPort, workerData } from 'node:worker_threads';
import { attachPool } from '../../src/index.ts';

const pool = attachPool(workerData.data);
let allocated = 0;
for (let more = true; more; ) {
  const got = pool.createBurst(1024).allocate();
  allocated += got;
  more = got > 0;
}
parentPort!.postMessage(allocated);
parentPort!.on('message', () => {});
