// A service chain: two WebAssembly programs one after the other over each burst, between two ports; until Ctrl-C.
//
//   npm run build && node --import tsx examples/chain.ts first.wasm second.wasm packet:veth0 packet:veth1
// A program keeps what is to go on to the next, and to the other port behind the last.
import { readFile } from 'node:fs/promises';
import { createPool, loadProgram, openPort } from 'vfio-pmd';

const [first = '', second = '', ...addresses] = process.argv.slice(2);
// Both are in one memory: the second keeps what is its own behind the first's (asc: --memoryBase).
const memory = new WebAssembly.Memory({ initial: 512, maximum: 1024 });
const pool = await createPool({ memory, offset: 8 << 20, buffers: 8192 });
const programs = [
  await loadProgram(await readFile(first), pool),
  await loadProgram(await readFile(second), pool),
];
const ports = await Promise.all(addresses.map((address) => openPort(address, { pool })));
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
const counts = [0, 0, 0];

console.log(`${addresses.join(', ')}: ready`);
await Promise.all(
  ports.map(async (port, n) => {
    const to = ports[1 - n]!;
    for await (const burst of port.rx[0].bursts({ signal: stop.signal })) {
      counts[0]! += burst.count;
      for (const [k, program] of programs.entries()) {
        program.run(burst);
        counts[k + 1]! += burst.deal();
      }
      to.tx[0].send(burst); // what the ring has no room for is released by the loop
    }
  }),
);
await Promise.all(ports.map((port) => port.close()));
await pool.close();
console.log(
  `stopped after ${counts[0]} packets: ${counts[1]} passed the first program, ${counts[2]} passed both`,
);
