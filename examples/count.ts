// Counts the frames that arrive at a port, until Ctrl-C.
//
//   npm run build && node --import tsx examples/count.ts emu:a,peer=flood
import { openPort } from 'vfio-pmd';

// 'emu:a,peer=flood' is a software VF whose far end sends without pause; '0000:01:10.0' would be a real one.
const port = await openPort(process.argv[2] ?? 'emu:a,peer=flood');
console.log(`${port.address} is open: ${port.mac}, link ${port.link.up ? 'up' : 'down'}`);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

let packets = 0;
let bytes = 0;
const ticker = setInterval(() => console.log(`${packets} packets, ${bytes} bytes`), 1000);

// Each turn brings up to 32 frames in a burst. A received frame is yours until you send or release it; this loop releases
// what is still in the burst when it asks for the next one, so there is nothing to give back here.
for await (const burst of port.rx[0].bursts({ signal: stop.signal })) {
  packets += burst.count;
  // Arrays by entry cost nothing. `burst.frame(i)` would be a Buffer of the frame: handy, but an allocation each time.
  for (let i = 0; i < burst.count; i++) bytes += burst.lengths[i] ?? 0;
}

clearInterval(ticker);
await port.close();
console.log(`stopped after ${packets} packets, ${bytes} bytes`);
