// Looks at packet memory and bursts after their end, in every way that JavaScript has: `WHAT DIST`, where DIST is the compiled
// library's index.js. Plain JavaScript, so that every supported Node runs it. Prints what it saw.
import { getRandomValues, randomFill } from 'node:crypto';
import { once } from 'node:events';
import { close, open, read, write } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { deflate } from 'node:zlib';

const [what, dist] = isMainThread ? process.argv.slice(2) : [workerData.what, workerData.dist];
const { attachPool, createPool } = await import(dist);
const options = { buffers: 4096, hugePages: 'never' };

const collect = async () => {
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await setImmediate();
  }
};

/** Jobs of Node's thread pool that read and write a pool's memory while the pool is closed. */
async function jobs() {
  const zero = await promisify(open)('/dev/zero', 'r');
  const none = await promisify(open)('/dev/null', 'w');
  const each = [
    (bytes) => promisify(deflate)(bytes),
    (bytes) => promisify(randomFill)(bytes),
    (bytes) => promisify(read)(zero, bytes, 0, bytes.length, null),
    (bytes) => promisify(write)(none, bytes, 0, bytes.length, null),
  ];
  let ended = 0;
  for (let round = 0; round < 5; round++) {
    const pool = await createPool(options);
    const burst = pool.createBurst();
    burst.allocate(4);
    const begun = [...each.map((job) => job(pool.bytes)), ...each.map((job) => job(burst.view(round % 4)))];
    burst.release();
    await pool.close();
    await collect();
    // The jobs hold views, so Node may say that they are detached; it may not end.
    ended += (await Promise.allSettled(begun)).length;
  }
  await promisify(close)(zero);
  await promisify(close)(none);
  return { ended };
}

/** Memory that was moved to another ArrayBuffer outlives its pool, and reads as zeros. */
async function moved() {
  const pool = await createPool(options);
  pool.bytes.fill(7);
  const bytes = new Uint8Array(pool.bytes.buffer.transfer());
  const before = bytes[1000];
  const burst = pool.createBurst();
  burst.allocate(1);
  const codes = [
    codeOf(() => attachPool(pool.token)),
    codeOf(() => burst.frame(0)),
    codeOf(() => pool.view(0)),
    codeOf(() => burst.append(new Uint8Array(60))),
  ];
  burst.release();
  await pool.close();
  await collect();
  bytes.fill(8);
  return { before, length: bytes.length, after: bytes[1000], codes };
}

/** A worker's memory that was moved to this thread outlives the worker, and nobody else gets it. */
async function worker() {
  const pool = await createPool(options);
  const data = { what, dist, token: pool.token };
  const source = new Worker(new URL(import.meta.url), { workerData: data });
  const [{ memory, blocks }] = await once(source, 'message');
  await once(source, 'exit');
  await pool.close();
  await collect();
  const next = await createPool(options);
  const bursts = Array.from({ length: 100 }, () => next.createBurst());
  for (const burst of bursts) burst.allocate(8);
  for (const buffer of [memory, ...blocks]) getRandomValues(new Uint32Array(buffer, 0, 32));
  const counts = new Set(bursts.map((burst) => burst.count));
  for (const burst of bursts) burst.release();
  const { application } = next.usage();
  await next.close();
  return { counts: [...counts], application };
}

function giveAway() {
  const pool = attachPool(workerData.token);
  const blocks = Array.from({ length: 50 }, () => pool.createBurst().indices.buffer.transfer());
  const memory = pool.bytes.buffer.transfer();
  parentPort.postMessage({ memory, blocks }, [memory, ...blocks]);
}

/** Another thread writes to a burst's count while this one uses the burst. */
async function count() {
  const pool = await createPool(options);
  const burst = pool.createBurst(1024);
  const header = burst.indices.buffer.transfer();
  const source = `
    const { workerData, parentPort } = require('node:worker_threads');
    const header = new Uint32Array(workerData, 0, 1);
    parentPort.postMessage('ready');
    for (let flip = 0; ; flip++) header[0] = flip % 2 === 0 ? 0 : 0xffffffff;`;
  const other = new Worker(source, { eval: true, workerData: header, transferList: [header] });
  await once(other, 'message');
  let rounds = 0;
  for (const end = performance.now() + 300; performance.now() < end; rounds++) {
    try {
      burst.allocate(1024);
      burst.release();
    } catch (error) {
      if (error.code !== 'ERR_PMD_NOT_OWNER') throw error;
    }
  }
  await other.terminate();
  await pool.close();
  return { rounds: rounds > 0 };
}

/** A burst whose block has ended is nobody else's afterwards, however often another is made. */
async function freed() {
  const pool = await createPool(options);
  const old = Array.from({ length: 20 }, () => pool.createBurst());
  for (const burst of old) burst.indices.buffer.transfer();
  await collect();
  const others = Array.from({ length: 20 }, () => pool.createBurst());
  for (const burst of others) burst.allocate(4);
  const codes = old.flatMap((burst) => [codeOf(() => burst.release()), codeOf(() => burst.allocate(1))]);
  const counts = others.map((burst) => burst.count);
  const { application } = pool.usage();
  for (const burst of others) burst.release();
  await pool.close();
  return { codes: [...new Set(codes)], counts: [...new Set(counts)], application };
}

function codeOf(call) {
  try {
    return call();
  } catch (error) {
    return error.code;
  }
}

if (isMainThread) console.log(JSON.stringify(await { jobs, moved, worker, count, freed }[what]()));
else giveAway();
