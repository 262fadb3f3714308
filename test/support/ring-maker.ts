// Makes a ring, sends three frames to it, and says its token.
import { parentPort, workerData } from 'node:worker_threads';
import { attachPool, createRing } from '../../src/index.ts';

const pool = attachPool(workerData.data.pool);
const ring = createRing({ pool });
const burst = pool.createBurst(8);
burst.allocate(3);
ring.send(burst);
parentPort?.on('message', () => {});
parentPort?.postMessage(ring.token);
