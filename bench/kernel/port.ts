// Does with ports what packet.c does with packet sockets, and tap.c with TAP interfaces: echo ADDRESS FRAMES, or
// forward FROM TO FRAMES. Prints the same.
import { openPort } from '../../src/index.ts';

const [what, from, ...rest] = process.argv.slice(2);
const frames = Number(rest.at(-1));
/** V8 compiles in the first. */
const warmUp = frames / 2;
const to = what === 'forward' ? rest[0]! : from!;

const input = await openPort(from!, { rxRing: 4096 });
const output = to === from ? input : await openPort(to, { pool: input.pool });
const { bytes } = input.pool;
const [rx, tx] = [input.rx[0], output.tx[0]];
const cpuNs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
};

console.log('ready');
let moved = 0;
let begin: { moved: number; cpuNs: number } | undefined;
const mac = new Uint8Array(6);
for await (const burst of rx) {
  if (moved >= warmUp) begin ??= { moved, cpuNs: cpuNs() };
  if (what === 'echo') {
    for (let i = 0; i < burst.count; i++) {
      const at = burst.position(i);
      for (let j = 0; j < 6; j++) mac[j] = bytes[at + j]!;
      bytes.copyWithin(at, at + 6, at + 12);
      bytes.set(mac, at + 6);
    }
  }
  moved += burst.count;
  while (burst.count > 0) tx.send(burst);
  if (moved >= frames) break;
}
console.log(`${moved - begin!.moved} ${cpuNs() - begin!.cpuNs}`);
await Promise.all([input.close(), output.close()]);
