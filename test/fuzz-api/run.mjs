// Makes the random calls of one program, in the main thread or in a worker: `PROGRAM.json DIST`, where DIST is the compiled
// library's index.js. Plain JavaScript, so that every supported Node runs it. Prints what it found, and ends with 1 if that is
// anything.
import { once } from 'node:events';
import { openSync, readFileSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { operations } from './operations.mjs';
import { problemsOf, World } from './world.mjs';

/** Turns the event loop now and then, so that what is under way gets on. */
const callsPerTurn = 16;

async function runCalls({ calls, isHonest, diary }, dist, tokens) {
  const library = await import(dist);
  const file = openSync(diary, 'w');
  const tell = (text) => writeSync(file, text.padEnd(60), 0);
  const world = new World(library, operations, { dist, isHonest, tokens, tell });
  process.on('unhandledRejection', (error) => world.judge(error, 'a rejection that nobody handles'));
  process.on('uncaughtException', (error) => world.judgeUncaught(error, 'an exception that nobody catches'));
  process.once('exit', (code) => {
    if (code !== 13) return;
    console.error([`never settled: ${[...world.pending.values()].join(', ')}`, ...world.faults].join('\n'));
  });
  for (const [i, call] of calls.entries()) {
    world.call(call);
    if (i % callsPerTurn === 0) await turn();
  }
  await world.end();
  return { calls: world.calls, effects: world.effects, faults: world.faults };
}

/** What a worker has had is whole again when it has ended, however it did. */
async function runInWorker(program, dist) {
  const library = await import(dist);
  const pool = await library.createPool({ buffers: 2048, hugePages: 'never' });
  const ring = { pool, rxRing: 64, txRing: 64 };
  const ports = [
    await library.openPort(`emu:shared-${process.pid},peer=flood`, ring),
    await library.openPort(`emu:wired-${process.pid}`, ring),
    await library.openPort(`emu:wired-${process.pid}`, ring),
  ];
  const tokens = {
    pool: pool.token,
    rx: ports.map(({ rx }) => rx[0].token),
    tx: ports.map(({ tx }) => tx[0].token),
  };
  const worker = new Worker(new URL(import.meta.url), { workerData: { program, dist, tokens } });
  const [result] = await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(([code]) => [
      { calls: 0, effects: {}, faults: [`the worker ended with ${code}`] },
    ]),
  ]);
  await worker.terminate();
  for (const port of ports) await port.close();
  const { application } = pool.usage();
  if (application !== 0) result.faults.push(`the worker has left ${application} buffers behind`);
  result.faults.push(...problemsOf(pool));
  await pool.close();
  return result;
}

if (isMainThread) {
  const [file, dist] = process.argv.slice(2);
  const program = { ...JSON.parse(readFileSync(file, 'utf8')), diary: `${file}.diary` };
  const result = await (program.inWorker ? runInWorker(program, dist) : runCalls(program, dist));
  console.log(JSON.stringify(result));
  process.exitCode = result.faults.length === 0 ? 0 : 1;
} else {
  const { program, dist, tokens } = workerData;
  parentPort.postMessage(await runCalls(program, dist, tokens));
}
