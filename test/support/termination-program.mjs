// Calls the library without end and has that ended from outside, in every way there is: `HOW DIST ROUNDS`, where DIST is the
// compiled library's index.js. Plain JavaScript, so that every supported Node runs it. Prints how often each call was ended.
import { once } from 'node:events';
import { createContext, Script } from 'node:vm';
import { isMainThread, parentPort, threadId, Worker, workerData } from 'node:worker_threads';

const [how, dist, rounds] = isMainThread ? process.argv.slice(2) : [workerData.how, workerData.dist, '0'];
const { attachPool, attachRxQueue, createPool, openPort } = await import(dist);

const pool = await createPool({ buffers: 2048, hugePages: 'never' });
const closed = await createPool({ buffers: 64, hugePages: 'never' });
const old = closed.createBurst();
await closed.close();
const port = await openPort(`emu:open-${threadId},peer=flood`, { pool, rxRing: 64, txRing: 64 });
const shut = await openPort(`emu:shut-${threadId}`, { rxRing: 64, txRing: 64 });
await shut.close();
const burst = pool.createBurst();

/** Each is called again and again; what it throws or rejects with does not matter. */
const calls = {
  receive: () => [port.rx[0].receive(burst), burst.release()],
  'receive on a closed port': () => shut.rx[0].receive(burst),
  'a burst of a closed pool': () => old.release(),
  'make a burst': () => pool.createBurst(),
  'make a burst of a closed pool': () => closed.createBurst(),
  'attach a pool': () => attachPool(pool.token),
  'attach an unknown pool': () => attachPool({ kind: 'vfio-pmd/pool', pool: 1_000_000 }),
  'attach a queue': () => attachRxQueue(port.rx[0].token).receive(burst, 0),
  'attach a queue of a closed port': () => attachRxQueue(shut.rx[0].token).receive(burst),
  state: () => [port.state, port.stats(), pool.usage()],
  'usage of a closed pool': () => closed.usage(),
  'set something': () => port.setMtu(1000).catch(() => {}),
};
/**
 * These reject at once. From Node 22 on a script that makes one rejected promise after the other, of whatever function, is not
 * ended by its timeout: Node's own handler of rejections takes the end for itself.
 */
const rejecting = {
  'close a closed pool': () => closed.close().catch(() => {}),
  'set something that is refused': () => port.setVlan(4095, true).catch(() => {}),
  'set something of a closed port': () => shut.setMtu(1000).catch(() => {}),
  'open nothing': () => openPort('emu:').catch(() => {}),
};

process.on('unhandledRejection', () => {}); // a call that was ended before its catch() was

const endless = new Script('for (;;) { try { call(); } catch {} }');
const settled = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Has each call in a script that is ended by what `options` say; it must end with that error. */
async function endScripts(options, code, begin = () => {}) {
  const ended = {};
  for (const [name, call] of Object.entries(calls)) {
    ended[name] = 0;
    for (let round = 0; round < Number(rounds); round++) {
      const begun = begin();
      try {
        endless.runInContext(createContext({ call: () => begun?.() ?? call() }), options);
      } catch (error) {
        if (error.code !== code) throw error;
        ended[name]++;
      }
      await settled(); // what was asked for comes back
    }
  }
  return ended;
}

/** Ctrl-C, as the REPL takes it: from another thread, once the script runs. */
async function interruptScripts() {
  const calls = new Int32Array(new SharedArrayBuffer(4));
  const source = `
    const { workerData } = require('node:worker_threads');
    for (;;) {
      Atomics.wait(workerData, 0, 0);
      Atomics.store(workerData, 0, 0);
      process.kill(process.pid, 'SIGINT');
    }`;
  const interrupter = new Worker(source, { eval: true, workerData: calls });
  const begin = () => {
    let left = 10;
    return () => {
      if (--left !== 0) return;
      Atomics.store(calls, 0, 1);
      Atomics.notify(calls, 0);
    };
  };
  const ended = await endScripts({ breakOnSigint: true }, 'ERR_SCRIPT_EXECUTION_INTERRUPTED', begin);
  await interrupter.terminate();
  return ended;
}

/** Has each call in a worker, and terminates that. */
async function endWorkers() {
  const ended = {};
  for (const name of Object.keys({ ...calls, ...rejecting })) {
    const ends = Array.from({ length: Number(rounds) }, async (_, round) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { how, dist, name } });
      await once(worker, 'message');
      await new Promise((resolve) => setTimeout(resolve, round));
      await worker.terminate();
    });
    ended[name] = (await Promise.all(ends)).length;
  }
  return ended;
}

if (!isMainThread) {
  const call = { ...calls, ...rejecting }[workerData.name];
  parentPort.postMessage('ready');
  // Bounded: the promises of a loop that never turns stay, and a slow host lets the worker fill its heap with them.
  for (let left = 100_000; left > 0; left--) {
    try {
      call();
    } catch {}
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
const ways = {
  timeout: () => endScripts({ timeout: 5 }, 'ERR_SCRIPT_EXECUTION_TIMEOUT'),
  interrupt: interruptScripts,
  worker: endWorkers,
};
const ended = await ways[how]();
burst.release();
await port.close();
const { application } = pool.usage();
await pool.close();
process.stdout.write(JSON.stringify({ ended, application }));
