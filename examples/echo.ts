// Sends every frame back to where it came from, its two MAC addresses swapped, until Ctrl-C.
//
//   npm run build && node --import tsx examples/echo.ts emu:a,peer=flood
import { openPort } from 'vfio-pmd';
import { ethernet } from 'vfio-pmd/net';

const port = await openPort(process.argv[2] ?? 'emu:a,peer=flood');
const [rx] = port.rx;
const [tx] = port.tx;
console.log(`${port.address} echoes as ${port.mac}`);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const ticker = setInterval(() => console.log(`${port.stats().txPackets} packets echoed`), 1000);

// All packet memory as one array. Frame i of a burst begins at burst.position(i).
const { bytes } = port.pool;

for await (const burst of rx.bursts({ signal: stop.signal })) {
  for (let i = 0; i < burst.count; i++) ethernet.swapAddresses(bytes, burst.position(i));
  // A received frame is yours until you send or release it; from `send` on it is the device's, until it has left. What
  // finds no room on the ring stays in the burst, and this loop releases it: those frames are lost, as on any full link.
  tx.send(burst);
}

clearInterval(ticker);
await port.close();
// Counters can still be read. They are the port's own, so they include every frame since it was opened.
const { rxPackets, txPackets } = port.stats();
console.log(`stopped after ${rxPackets} packets in, ${txPackets} out`);
