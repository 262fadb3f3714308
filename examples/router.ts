// An IPv4 router between directly connected networks, until Ctrl-C. Its fast path is a program in WebAssembly.
//
//   npm run build && npx asc examples/assembly/router.ts -O3 --importMemory --runtime stub --outFile router.wasm
//   node --import tsx examples/router.ts router.wasm packet:veth0=10.0.1.1/24 packet:veth1=10.0.2.1/24
import { readFile } from 'node:fs/promises';
import { type Burst, createPool, loadProgram, openPort, type Port } from 'vfio-pmd';
import { EtherType, ipv4, Layers } from 'vfio-pmd/net';
import { Neighbours } from './neighbours.ts';

const [file = 'router.wasm', ...places] = process.argv.slice(2);
const memory = new WebAssembly.Memory({ initial: 1024, maximum: 2048 });
const pool = await createPool({ memory, offset: 16 << 20, buffers: 16_384 });
const { bytes } = pool;
const program = await loadProgram(await readFile(file), pool);
const { hopAt, setRoute } = program.exports as {
  hopAt(route: number): number;
  setRoute(address: number, bits: number, route: number): boolean;
};

interface Side {
  port: Port;
  network: Neighbours;
  mask: number;
}

let routes = 0;
const sides: Side[] = [];
for (const [n, place] of places.entries()) {
  const [address, ip, bits] = place.split(/[=/]/) as [string, string, string];
  const port = await openPort(address, { pool });
  const known = new Map<number, number>();
  const network = new Neighbours(port, ip, (neighbour, mac) => {
    const route = known.get(neighbour) ?? ++routes;
    known.set(neighbour, route);
    const hop = new DataView(memory.buffer, hopAt(route), 16);
    for (let i = 0; i < 6; i++) {
      hop.setUint8(i, mac[i]!);
      hop.setUint8(6 + i, network.mac[i]!);
    }
    hop.setUint32(12, n, true);
    setRoute(neighbour, 32, route);
  });
  sides.push({ port, network, mask: -1 << (32 - Number(bits)) });
}

const layers = new Layers();

/** What the program has left: messages to the router itself are answered, and neighbours without a route asked for. */
function answer({ network }: Side, burst: Burst, i: number): boolean {
  const at = burst.position(i);
  if (!layers.read(bytes, at, at + burst.lengths[i]!)) return false;
  if (network.answer(at, layers)) return true;
  if (layers.etherType !== EtherType.ipv4) return false;
  const to = ipv4.destination(bytes, layers.l3At);
  const side = sides.find((one) => ((one.network.ip ^ to) & one.mask) === 0);
  if (side?.network.ip !== to) side?.network.find(to);
  return false;
}

const outs = sides.map(() => pool.createBurst(64));
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
let packets = 0;

async function serve(from: Side): Promise<void> {
  for await (const burst of from.port.rx[0].bursts({ signal: stop.signal })) {
    packets += burst.count;
    program.run(burst);
    burst.deal(outs);
    for (const [n, out] of outs.entries()) {
      sides[n]!.port.tx[0].send(out);
      out.release(); // what the ring has no room for
    }
    burst.filter((_, i) => answer(from, burst, i));
    from.port.tx[0].send(burst);
  }
}

console.log(`${places.join(', ')}: routing`);
await Promise.all(sides.map(serve));
await Promise.all(sides.map(({ port }) => port.close()));
await pool.close();
console.log(`stopped after ${packets} packets, with ${routes} neighbours`);
