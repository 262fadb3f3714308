// Opens and closes, again and again, and prints what the process was afterwards: `ports|workers COUNT`. A program of its
// own, so that nothing else counts.
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { openPort } from '../../src/index.ts';
import { addonPath } from './addon-path.ts';
import { processSize } from './process-size.ts';
import { until } from './until.ts';
import { nextMessage } from './workers.ts';

const [what, count] = [process.argv[2], Number(process.argv[3])];

/** Whatever is torn down aside is, when there is no thread left that does it. */
function isBusyAside(): boolean {
  const names = readdirSync('/proc/self/task').map((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim();
    } catch {
      return 'ended';
    }
  });
  return names.includes('pmd-aside');
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc!();
    await setImmediate();
  }
  await until('what is torn down aside', () => !isBusyAside());
}

async function portCycle(): Promise<void> {
  const left = await openPort('emu:cycle');
  const right = await openPort('emu:cycle');
  const burst = left.pool.createBurst();
  burst.allocate();
  burst.lengths.fill(60);
  left.tx[0].send(burst);
  right.rx[0].receive(right.pool.createBurst());
  await left.refresh();
  await Promise.all([left.close(), right.close()]);
}

const port =
  what === 'workers' ? await openPort('emu:cycle,peer=flood', { rxRing: 64, txRing: 64 }) : undefined;

// Plain JavaScript over the addon itself, as a loader for TypeScript takes ten times as long as all the rest.
const workerSource = `
  const { workerData, parentPort } = require('node:worker_threads');
  const addon = require(workerData.addon);
  const call = new Int32Array(addon.callBlock);
  const { port, pool } = workerData.token;
  const bytes = new Uint8Array(addon.control.attachPool(pool).value.memory);
  const burst = addon.control.createBurst(pool, 64, false, 0).value;
  const rx = addon.control.attachRx(port, 0, pool).value;
  const tx = addon.control.attachTx(port, 0, pool).value;
  const poll = (release) => {
    call[0] = burst.handle;
    call[1] = 64;
    call[6] = rx.handle;
    addon.receive();
    if (!release) return call[2];
    call[7] = tx.handle;
    addon.send();
    call[1] = 0;
    addon.releaseBurst();
    return call[2];
  };
  while (poll(false) === 0);
  bytes[5] = 1;
  parentPort.postMessage('polling');
  if (workerData.spin) for (;;) poll(true);
  else parentPort.on('message', () => {});
`;

async function workerCycle(i: number): Promise<void> {
  const workerData = { addon: addonPath, token: port!.rx[0].token, spin: i % 2 === 0 };
  const worker = new Worker(workerSource, { eval: true, workerData });
  await nextMessage(worker);
  await worker.terminate();
}

const cycle = what === 'workers' ? workerCycle : portCycle;
const sizes = [];
for (let i = 1; i <= 2 * count; i++) {
  await cycle(i);
  if (i % count !== 0) continue;
  await settle();
  sizes.push({ ...processSize(), application: port?.pool.usage().application ?? 0 });
}
await port?.close();
process.stdout.write(JSON.stringify(sizes));
