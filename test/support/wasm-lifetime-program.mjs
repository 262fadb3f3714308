// Ends pools that are in a WebAssembly.Memory in every way: `WHAT DIST PROGRAM`, where DIST is the compiled library's index.js and
// PROGRAM a file that marks the sixth byte of each frame. Plain JavaScript, so that every supported Node runs it. Prints what it saw.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const [what, dist, file] = isMainThread ? process.argv.slice(2) : workerData.arguments;
const { attachPool, createPool, loadProgram } = await import(dist);
const bytes = readFileSync(file);
const offset = 1 << 20;
const limits = { initial: 64, maximum: 128 };
const options = { offset, buffers: 1024, hugePages: 'never' };

const collect = async () => {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await setImmediate();
  }
};

const startWorker = (way, data = {}) =>
  new Worker(new URL(import.meta.url), { workerData: { ...data, way, arguments: [what, dist, file] } });

/** Whether a frame was marked by a program. */
function runs(pool, program) {
  const burst = pool.createBurst(4);
  burst.append(new Uint8Array(60));
  program.run(burst);
  const marked = pool.bytes[burst.position(0) + 5] === 0x77;
  burst.release();
  return marked;
}

async function useOnce(isClosed, memory = new WebAssembly.Memory(limits)) {
  const pool = await createPool({ ...options, memory });
  if (!runs(pool, await loadProgram(bytes, pool))) throw new Error('not marked');
  if (isClosed) await pool.close();
  return pool;
}

/** Pools, memories, programs and bursts that nobody has any more, whether they were closed or not. */
async function collected() {
  for (let round = 0; round < 30; round++) {
    await useOnce(round % 3 !== 0);
    await collect();
  }
  return 'collected';
}

/** Views that somebody has of a pool that was closed, and whose memory is gone. */
async function views() {
  const pools = [];
  for (let round = 0; round < 10; round++) pools.push(await useOnce(true));
  await collect();
  for (const { bytes: left } of pools) left.fill(1);
  return pools.every(({ bytes: left }) => left[4711] === 1) ? 'views read on' : 'a view is gone';
}

/** Workers that end, or are terminated while a program runs, and close nothing. */
async function workers() {
  for (let round = 0; round < 10; round++) {
    const worker = startWorker(round % 2 === 0 ? 'end' : 'spin');
    await once(worker, 'message');
    if (round % 2 === 1) await worker.terminate();
    else await once(worker, 'exit');
  }
  return 'workers ended';
}

/** A worker that uses a pool of this thread in a shared memory, for as long as this thread has it. */
async function shared() {
  const memory = new WebAssembly.Memory({ ...limits, shared: true });
  const pool = await useOnce(false, memory);
  memory.grow(1);
  const worker = startWorker('shared', { token: pool.token, memory });
  const [said] = await once(worker, 'message');
  const again = runs(pool, await loadProgram(bytes, pool));
  worker.postMessage('end');
  await once(worker, 'exit');
  await pool.close();
  return `${said}, ${again}`;
}

async function inWorker() {
  if (workerData.way === 'shared') {
    const { token, memory } = workerData;
    let refused = 'taken';
    try {
      attachPool(token, { memory: new WebAssembly.Memory(limits) });
    } catch (error) {
      refused = error.code;
    }
    const pool = attachPool(token, { memory });
    parentPort.postMessage(`${refused}, ${runs(pool, await loadProgram(bytes, pool))}`);
    await once(parentPort, 'message');
    return;
  }
  const pool = await useOnce(false);
  const program = await loadProgram(bytes, pool);
  const burst = pool.createBurst(32);
  burst.allocate();
  parentPort.postMessage('made');
  while (workerData.way === 'spin') program.run(burst);
}

if (isMainThread) console.log(await { collected, views, workers, shared }[what]());
else await inWorker();
