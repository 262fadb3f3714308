// Forwards some bursts between two ports, and prints how many calls into the addon that took and how many bursts it was. A
// program of its own: the library keeps the addon's functions from when it is imported, so they are counted from before that.
import { createRequire } from 'node:module';
import { addonPath } from './addon-path.ts';

let calls = 0;

/** What a call returns may have functions too. */
function count(of: unknown): unknown {
  if (typeof of !== 'object' || of === null || of instanceof ArrayBuffer) return of;
  const table = of as Record<string, unknown>;
  for (const [name, value] of Object.entries(table)) {
    if (typeof value !== 'function') continue;
    table[name] = (...args: unknown[]) => {
      calls++;
      return count(value(...args));
    };
  }
  return of;
}

count(createRequire(import.meta.url)(addonPath)); // the library's `require` returns the same table
const { createPool, openPort } = await import('../../src/index.ts');

const pool = await createPool();
const from = await openPort('emu:counted,peer=flood', { pool });
const to = await openPort('emu:to,peer=flood', { pool });
const burst = pool.createBurst(32);
const [rx] = from.rx;
const [tx] = to.tx;
while (rx.receive(burst) === 0);
tx.send(burst); // both queues are attached
burst.release();

/** Does it so many times; returns the calls into the addon, and those of our functions that should make one each. */
function measure(bursts: number, forward: () => { own: number; bursts: number }) {
  const before = calls;
  let own = 0;
  for (let done = 0; done < bursts; ) {
    const round = forward();
    own += round.own;
    done += round.bursts;
  }
  return { own, native: calls - before };
}

const receiveAndSend = measure(1000, () => {
  if (rx.receive(burst) === 0) return { own: 1, bursts: 0 };
  let own = 1;
  for (; burst.count > 0; own++) tx.send(burst);
  return { own, bursts: 1 };
});
const exchange = measure(1000, () => ({ own: 1, bursts: tx.exchange(burst, rx) > 0 ? 1 : 0 }));
const allocate = measure(1, () => {
  burst.release();
  burst.allocate();
  burst.release();
  return { own: 3, bursts: 1 };
});
await Promise.all([from.close(), to.close()]);
await pool.close();
console.log(JSON.stringify({ receiveAndSend, exchange, allocate }));
