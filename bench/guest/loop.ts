// loop TASK VF…: the shortest program that does over the API of the package what testpmd does over DPDK's. Prints what it
// has moved, four times a second, until SIGINT.
//
//   loop tx VF TO-MAC       sends
//   loop rx VF              receives
//   loop forward VF VF      passes 32 frames from one to the other for ever, and 32 the other way
import { setImmediate } from 'node:timers/promises';
import { type Burst, createPool, openPort, type Port } from '../../src/index.ts';
import { addressWords, frameBytes, headerWords } from './frame.ts';
import type { Task } from './sample.ts';

const burstSize = 32;
const roundsPerTurn = 64;
const [task, address, other] = process.argv.slice(2) as [Task, string, string];

const pool = await createPool({ buffers: 8192 }); // as many as testpmd is given
const open = (one: string) => openPort(one, { pool, rxRing: 512, txRing: 512 });
// a frame begins at a multiple of 64 bytes
const words = new Uint32Array(pool.bytes.buffer, pool.bytes.byteOffset, pool.bytes.byteLength >> 2);

function write(burst: Burst, first: number, header: Uint32Array): void {
  for (let i = first; i < burst.count; i++) {
    const at = burst.position(i) >> 2;
    for (let word = 0; word < header.length; word++) words[at + word] = header[word]!;
  }
}

function fill(burst: Burst, header: Uint32Array): void {
  const held = burst.count;
  burst.allocate(burstSize - held);
  for (let i = held; i < burst.count; i++) burst.lengths[i] = frameBytes;
  write(burst, held, header);
}

/** Returns what one round of it is; that returns the frames that it has moved. */
function sending(port: Port, to: string): () => number {
  const [tx] = port.tx;
  const header = headerWords(to, port.mac);
  const burst = pool.createBurst(burstSize);
  return () => {
    fill(burst, header);
    return tx.send(burst);
  };
}

function receiving(port: Port): () => number {
  const [rx] = port.rx;
  const burst = pool.createBurst(burstSize);
  return () => {
    const received = rx.receive(burst);
    if (received > 0) burst.release();
    return received;
  };
}

/** What arrives at one port leaves by the other, back to where it came from. */
function passing(from: Port, to: Port): () => number {
  const [rx] = from.rx;
  const [tx] = to.tx;
  const addresses = addressWords(from.mac, to.mac);
  const burst = pool.createBurst(burstSize);
  fill(burst, headerWords(from.mac, to.mac));
  return () => {
    const received = tx.exchange(burst, rx);
    write(burst, 0, addresses);
    return received;
  };
}

async function roundsOf(): Promise<(() => number)[]> {
  const port = await open(address);
  if (task === 'tx') return [sending(port, other)];
  if (task === 'rx') return [receiving(port)];
  const second = await open(other);
  return [passing(port, second), passing(second, port)];
}

const rounds = await roundsOf();
let running = true;
process.once('SIGINT', () => {
  running = false;
});
let frames = 0;
let due = 0;
while (running) {
  for (let i = 0; i < roundsPerTurn; i++) for (const round of rounds) frames += round();
  const now = performance.now();
  if (now >= due) {
    console.log(`${now / 1000} ${frames}`);
    due = now + 250;
  }
  await setImmediate();
}
process.exit(); // whatever is on its way
