// How slow this machine is now. Limits that only end what would otherwise wait for ever are multiplied by it; they reach tests as
// PMD_SLOWNESS: test/support/limits.ts and test/support/limits.h read it.
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** Processor time of one round on the machine that the limits were chosen on: two cores of a virtual machine, at rest. */
const referenceMs = 65;
const roundIterations = 10_000_000;
const measuredMs = 1000;
/** The run keeps this many processors busy: a suite, and a guest beside it. */
const wantedProcessors = 2;
/** With more, what hangs would keep the run for hours; and limits have room for such a load anyway. */
const most = 10;

/** A fixed amount of work that touches no memory. */
function round() {
  let x = 1;
  for (let i = 0; i < roundIterations; i++) x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) + i;
  return x;
}

/** Does rounds until the time is up; returns how many. */
function work() {
  const end = performance.now() + measuredMs;
  let rounds = 0;
  for (; performance.now() < end; rounds++) round();
  return rounds;
}

/**
 * Works on as many processors as the run will want, and looks at what it got.
 * @returns {Promise<{ slowness: number, workMs: number, share: number }>} `workMs`: processor time of a round; `share`: the part
 *   of the wanted processors that the work was given.
 */
export async function measureSlowness() {
  const threads = Math.min(wantedProcessors, availableParallelism());
  const workers = Array.from({ length: threads }, () => new Worker(import.meta.filename));
  const next = (worker) => new Promise((resolve) => worker.once('message', resolve));
  await Promise.all(workers.map(next)); // started, and compiled
  const [cpuBefore, begin] = [process.cpuUsage(), performance.now()];
  for (const worker of workers) worker.postMessage('work');
  const rounds = (await Promise.all(workers.map(next))).reduce((sum, count) => sum + count, 0);
  const { user, system } = process.cpuUsage(cpuBefore);
  const [cpuMs, wallMs] = [(user + system) / 1000, performance.now() - begin];
  await Promise.all(workers.map((worker) => worker.terminate()));
  return slownessOf(cpuMs / rounds, cpuMs / (wallMs * threads));
}

/** Slower work and a smaller share both make everything take longer. A fast machine gets the limits of the reference. */
export function slownessOf(workMs, share) {
  const slowness = Math.max(1, workMs / referenceMs) / Math.min(1, share);
  return { slowness: Math.min(most, Math.ceil(slowness * 10) / 10), workMs, share };
}

/** A limit in seconds, longer on a slow machine. */
export function limitSeconds(seconds) {
  return Math.ceil(seconds * Number(process.env.PMD_SLOWNESS ?? 1));
}

/** Measures, says what it found, and leaves it to all that this process starts. A value that is already there stands. */
export async function publishSlowness() {
  if (process.env.PMD_SLOWNESS !== undefined) {
    console.log(`PMD_SLOWNESS=${process.env.PMD_SLOWNESS}, as the environment says`);
    return;
  }
  const { slowness, workMs, share } = await measureSlowness();
  const work = `the same work takes ${(workMs / referenceMs).toFixed(2)} times as long as on the reference`;
  const processors = `${(100 * Math.min(1, share)).toFixed(0)} % of the processors are to be had`;
  console.log(`PMD_SLOWNESS=${slowness}: ${work}, ${processors}`);
  process.env.PMD_SLOWNESS = `${slowness}`;
}

if (!isMainThread) {
  round(); // compiled from here on
  parentPort.on('message', () => parentPort.postMessage(work()));
  parentPort.postMessage('ready');
}
