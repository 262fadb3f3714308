// loop TASK VF…: the shortest program that does over the API of the package what testpmd does over DPDK's. Prints what it
// has moved, once a second, until SIGINT.
//
//   loop tx VF TO-MAC       sends
//   loop rx VF              receives
//   loop forward VF VF      passes 32 frames from one to the other for ever, and 32 the other way
//
// A `packet:` port in place of a VF does the same over Linux's driver of it; it sleeps when nothing arrives.
import { setImmediate } from 'node:timers/promises';
import { type Burst, createPool, openPort, type Port, type RxQueue, type TxQueue } from '../../src/index.ts';
import { frameBytes, headerWords } from './frame.ts';
import type { Task } from './sample.ts';

const burstSize = 32;
const roundsPerTurn = 1024; // a turn of the event loop takes as long as a few of them
const [task, address, other] = process.argv.slice(2) as [Task, string, string];

let frames = 0;
const pool = await createPool({ buffers: 8192 }); // as many as testpmd is given
const open = (one: string) => openPort(one, { pool, rxRing: 512, txRing: 512 });

// Each task is a function that has what it uses for every frame in locals. It writes words, because a loop over the bytes of a header
// would take longer than what it writes: V8 does not unroll it. A frame begins at a multiple of 64 bytes.

function send(tx: TxQueue, burst: Burst, words: Uint32Array, header: Uint32Array): number {
  const bytes = frameBytes; // V8 looks an import up each time
  const { lengths } = burst;
  let sent = 0;
  for (let round = 0; round < roundsPerTurn; round++) {
    const held = burst.count; // what the ring had no room for
    const count = held + burst.allocate(burstSize - held);
    for (let i = held; i < count; i++) {
      const at = burst.position(i) >>> 2;
      lengths[i] = bytes;
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
    sent += tx.send(burst);
  }
  return sent;
}

function receive(rx: RxQueue, burst: Burst): number {
  let received = 0;
  for (let round = 0; round < roundsPerTurn; round++) {
    const count = rx.receive(burst);
    if (count > 0) burst.release();
    received += count;
  }
  return received;
}

/** What arrives at one port leaves by the other, addressed to the one at which it arrived. */
interface Way {
  rx: RxQueue;
  tx: TxQueue;
  burst: Burst;
  header: Uint32Array;
}

function forward(ways: readonly Way[], words: Uint32Array): number {
  let moved = 0;
  for (let round = 0; round < roundsPerTurn; round++) {
    for (let way = 0; way < ways.length; way++) {
      const { rx, tx, burst, header } = ways[way]!;
      const count = tx.exchange(burst, rx);
      for (let i = 0; i < count; i++) {
        const at = burst.position(i) >>> 2;
        words[at] = header[0]!;
        words[at + 1] = header[1]!;
        words[at + 2] = header[2]!;
      }
      moved += count;
    }
  }
  return moved;
}

/** Sends a burst through it as soon as it is used. */
function wayWithFrames(from: Port, to: Port): Way {
  const burst = pool.createBurst(burstSize);
  const header = headerWords(from.mac, to.mac);
  const frame = new Uint8Array(frameBytes);
  frame.set(new Uint8Array(header.buffer));
  while (burst.append(frame));
  return { rx: from.rx[0], tx: to.tx[0], burst, header };
}

/** Moves what arrives, and sleeps while nothing does. */
async function forwardAsleep({ rx, tx, header }: Omit<Way, 'burst'>, words: Uint32Array): Promise<void> {
  for await (const burst of rx) {
    frames += burst.count;
    for (let i = 0; i < burst.count; i++) {
      const at = burst.position(i) >>> 2;
      words[at] = header[0]!;
      words[at + 1] = header[1]!;
      words[at + 2] = header[2]!;
    }
    tx.send(burst);
    burst.release(); // what the port had no room for
  }
}

async function receiveAsleep(rx: RxQueue): Promise<void> {
  for await (const burst of rx) {
    frames += burst.count;
    burst.release();
  }
}

/** The kernel has to run to fill a port of its own: who polls one takes the processor from it. */
const sleeps = address.startsWith('packet:');

/** Opens what the task needs; returns what moves the frames of one turn, and returns how many; or moves them without turns. */
async function prepare(): Promise<(() => number) | undefined> {
  const port = await open(address);
  const words = new Uint32Array(pool.bytes.buffer);
  if (task === 'rx') {
    if (sleeps) return void receiveAsleep(port.rx[0]);
    const burst = pool.createBurst(burstSize);
    return () => receive(port.rx[0], burst);
  }
  if (task === 'tx') {
    const burst = pool.createBurst(burstSize);
    const header = headerWords(other, port.mac);
    return () => send(port.tx[0], burst, words, header);
  }
  const second = await open(other);
  const ways = [wayWithFrames(port, second), wayWithFrames(second, port)];
  if (!sleeps) return () => forward(ways, words);
  for (const way of ways) {
    way.tx.send(way.burst);
    void forwardAsleep(way, words);
  }
  return undefined;
}

function report(): void {
  console.log(`${performance.now() / 1000} ${frames}`);
}

const turn = await prepare();
process.once('SIGINT', () => process.exit()); // whatever is on its way
if (turn === undefined) setInterval(report, 1000);
for (let due = 0; turn !== undefined; ) {
  frames += turn();
  const now = performance.now();
  if (now >= due) {
    report();
    due = now + 1000;
  }
  await setImmediate();
}
