// loop TASK VF…: the shortest program that does over the API of the package what testpmd does over DPDK's. Prints what it
// has moved, once a second, until SIGINT.
//
//   loop tx VF TO-MAC       sends
//   loop rx VF              receives
//   loop forward VF VF      passes 32 frames from one to the other for ever, and 32 the other way
import { setImmediate } from 'node:timers/promises';
import { type Burst, createPool, openPort, type Port } from '../../src/index.ts';
import { frameBytes, headerWords } from './frame.ts';
import type { Task } from './sample.ts';

const burstSize = 32;
const roundsPerTurn = 64;
const [task, address, other] = process.argv.slice(2) as [Task, string, string];

const pool = await createPool({ buffers: 8192 }); // as many as testpmd is given
const open = (one: string) => openPort(one, { pool, rxRing: 512, txRing: 512 });
// a frame begins at a multiple of 64 bytes
const words = new Uint32Array(pool.bytes.buffer, pool.bytes.byteOffset, pool.bytes.byteLength / 4);

// A loop over the words of a header would take longer than what it writes: V8 does not unroll it.
function writeAddresses(burst: Burst, header: Uint32Array): void {
  const { count } = burst;
  for (let i = 0; i < count; i++) {
    const at = burst.position(i) >>> 2;
    words[at] = header[0]!;
    words[at + 1] = header[1]!;
    words[at + 2] = header[2]!;
  }
}

function fill(burst: Burst, header: Uint32Array): void {
  const held = burst.count;
  const count = held + burst.allocate(burstSize - held);
  for (let i = held; i < count; i++) {
    const at = burst.position(i) >>> 2;
    burst.lengths[i] = frameBytes;
    words[at] = header[0]!;
    words[at + 1] = header[1]!;
    words[at + 2] = header[2]!;
    words[at + 3] = header[3]!;
    words[at + 4] = header[4]!;
    words[at + 5] = header[5]!;
    words[at + 6] = header[6]!;
    words[at + 7] = header[7]!;
    words[at + 8] = header[8]!;
    words[at + 9] = header[9]!;
    words[at + 10] = header[10]!;
  }
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
  const burst = pool.createBurst(burstSize);
  const header = headerWords(from.mac, to.mac);
  fill(burst, header);
  return () => {
    const received = tx.exchange(burst, rx);
    writeAddresses(burst, header);
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
    due = now + 1000;
  }
  await setImmediate();
}
process.exit(); // whatever is on its way
