// A program that ends as its arguments say: `DIST ENDING HOLDING`, where DIST is the compiled library's directory. See
// ../lifetime/exit.test.ts. Plain JavaScript: it starts in a third of the time.
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const [dist, ending, holding] = process.argv.slice(2);
const library = new URL(`file://${dist}/index.js`).href;
const { openPort } = await import(library);
const { addon } = await import(new URL('core/native.js', library).href);

function hold(port) {
  const burst = port.pool.createBurst(64);
  if (holding === 'frames') while (port.rx[0].receive(burst) === 0);
  if (holding === 'sends') {
    burst.allocate();
    burst.lengths.fill(60);
    port.tx[0].send(burst);
    if (ending.startsWith('worker')) port.tx[0].detach();
  }
  if (holding === 'iterator') {
    void (async () => {
      for await (const received of port.rx[0]) received.release();
    })();
  }
  if (holding === 'wait') {
    void (async () => {
      for await (const received of quiet.rx[0]) received.release();
    })();
  }
  if (holding === 'closing') void port.close();
  if (holding === 'opening') void openPort(`emu:opening-${process.pid}`);
}

const rate = holding === 'sends' ? ',rate=1' : '';
const port = await openPort(holding === 'sends' ? `emu:ending${rate}` : 'emu:ending,peer=flood');
const quiet = holding === 'wait' ? await openPort('emu:quiet') : undefined;
if (holding === 'recovering') {
  const recovering = once(port, 'recovering');
  addon.injectFault(port.rx[0].token.port, 'pf-down');
  const alive = setInterval(() => {}, 1000); // a port alone does not keep the program alive
  await recovering;
  clearInterval(alive);
}
hold(port);
if (holding === 'wait') for (let turn = 0; turn < 200; turn++) await setImmediate(); // it sleeps by now

const inWorker = (last) =>
  new Worker(
    `import(${JSON.stringify(library)}).then(async ({ attachPool, attachRxQueue, attachTxQueue, openPort }) => {
       const { workerData, parentPort } = require('node:worker_threads');
       const pool = attachPool(workerData.pool);
       const burst = pool.createBurst(64);
       const tx = attachTxQueue(workerData.tx);
       burst.allocate(32);
       burst.lengths.fill(60);
       if (${holding === 'sends'}) tx.send(burst);
       const own = await openPort('emu:worker,peer=flood');
       const frames = own.pool.createBurst();
       while (own.rx[0].receive(frames) === 0);
       parentPort.postMessage('ready');
       ${last}
     });`,
    { eval: true, workerData: { pool: port.pool.token, tx: port.tx[0].token } },
  );

switch (ending) {
  case 'return':
    if (holding === 'iterator' || holding === 'wait') process.exitCode = 5;
    break;
  case 'exit':
    process.exit(5);
    break;
  case 'exit-later':
    setTimeout(() => process.exit(6), 1);
    break;
  case 'throw':
    throw new RangeError('thrown by the program');
  case 'reject':
    void Promise.reject(new RangeError('rejected by the program'));
    break;
  case 'SIGINT':
  case 'SIGTERM':
  case 'SIGKILL':
    process.stdout.write(`SIGNAL ${ending}\n`);
    setInterval(() => {}, 1000);
    break;
  case 'handled':
    process.once('SIGTERM', () => process.exit(8));
    process.stdout.write('SIGNAL SIGTERM\n');
    setInterval(() => {}, 1000);
    break;
  case 'worker-exit': {
    const worker = inWorker('process.exit(9);');
    worker.on('exit', (code) => process.exit(code));
    break;
  }
  case 'worker-throw': {
    inWorker(`setImmediate(() => { throw new RangeError('thrown by a worker'); });`);
    break;
  }
  case 'worker-terminate': {
    const worker = inWorker('for (;;) { frames.release(); own.rx[0].receive(frames); }');
    worker.once('message', async () => {
      await worker.terminate();
      process.exit(10);
    });
    break;
  }
  case 'worker-left': {
    const worker = inWorker('for (;;) { frames.release(); own.rx[0].receive(frames); }');
    worker.once('message', () => process.exit(11));
    break;
  }
}
