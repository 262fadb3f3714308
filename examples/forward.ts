// Passes frames between two ports, both ways, until Ctrl-C.
//
//   npm run build && node --import tsx examples/forward.ts emu:a,peer=flood emu:b,peer=flood
import { setImmediate } from 'node:timers/promises';
import { createPool, openPort, type Port, parseMac } from 'vfio-pmd';

const [first = 'emu:a,peer=flood', second = 'emu:b,peer=flood'] = process.argv.slice(2);
// Ports that share a pool pass frames on without a copy: each can DMA from and to all of it.
const pool = await createPool();
const a = await openPort(first, { pool });
const b = await openPort(second, { pool });
const burst = pool.createBurst(32); // made once, used for ever
console.log(`${a.address} <-> ${b.address}`);

/** Moves a burst at most; returns how many frames arrived. */
function pass(from: Port, to: Port, source: Uint8Array): number {
  // This neither blocks nor allocates: 0 means that there is nothing now.
  const received = from.rx[0].receive(burst);
  if (received === 0) return 0;
  // A VF may send from its own address only. Frames of a burst are at burst.position(i) of the pool's memory.
  for (let i = 0; i < received; i++) pool.bytes.set(source, burst.position(i) + 6);
  // A received frame is yours until you send or release it. `send` takes frames from the front of the burst; what finds no
  // room on the ring stays, still yours: here it is released, which is to drop it.
  to.tx[0].send(burst);
  burst.release();
  return received;
}

let running = true;
process.once('SIGINT', () => {
  running = false;
});
let packets = 0;
const ticker = setInterval(() => console.log(`${packets} packets`), 1000);
const macA = parseMac(a.mac);
const macB = parseMac(b.mac);

while (running) {
  for (let round = 0; round < 100; round++) packets += pass(a, b, macB) + pass(b, a, macA);
  await setImmediate(); // timers, signals and sockets have their turn
}

clearInterval(ticker);
await Promise.all([a.close(), b.close()]);
await pool.close();
console.log(`stopped after ${packets} packets`);
