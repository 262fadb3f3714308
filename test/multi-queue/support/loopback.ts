import assert from 'node:assert/strict';
import { type Burst, openPort, PmdError, type Port, type RxQueue } from '../../../src/index.ts';
import { freshName } from '../../support/ports.ts';

/** A cable that no other test uses. */
export const freshLoop = (): string => `loop:${freshName()}`;

/** For a suite's `before`: says what to run when the addon that is loaded has no such driver. */
export async function needsLoopback(): Promise<void> {
  try {
    await (await openPort(freshLoop())).close();
  } catch (error) {
    if (!(error instanceof PmdError && error.code === 'ERR_PMD_ADDRESS')) throw error;
    throw new Error(
      'this addon has no loopback driver; run: node scripts/test.mjs --only multi-queue, or after ' +
        'cmake --build build-core: VFIO_PMD_PREBUILD=$PWD/build-core/test-addon npx mocha test/multi-queue',
    );
  }
}

const bytesOf = (mac: string) => mac.split(':').map((byte) => Number.parseInt(byte, 16));

/** A UDP packet of IPv4 to a port; `flow` makes its source port. */
export function udpTo(port: Port, flow: number, { isReply = false, sequence = 0 } = {}): Buffer {
  const frame = Buffer.alloc(64);
  frame.set(bytesOf(port.mac), 0);
  frame.set([2, 0, 0, 0, 0, 0xee], 6);
  frame.writeUInt16BE(0x0800, 12);
  frame.set([0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17], 14);
  const ends = [
    { ip: [10, 0, 0, 1], port: 1024 + flow },
    { ip: [10, 0, 0, 2], port: 53 },
  ] as const;
  const [from, to] = isReply ? [ends[1], ends[0]] : ends;
  frame.set([...from.ip, ...to.ip], 26);
  frame.writeUInt16BE(from.port, 34);
  frame.writeUInt16BE(to.port, 36);
  frame.writeUInt16BE(30, 38);
  frame.writeUInt32BE(sequence, 42);
  return frame;
}

/** What {@link udpTo} numbered entry `i`. */
export const sequenceOf = (burst: Burst, i: number): number =>
  burst.view(i).readUInt32BE(burst.offsets[i]! + 42);

/** Sends frames on a queue of the port, and returns when the far end has them: the loopback driver is done when it has sent. */
export function send(port: Port, frames: readonly Buffer[], queue = 0): void {
  const burst = port.pool.createBurst(Math.max(1, frames.length));
  for (const frame of frames) assert.ok(burst.append(frame), 'the pool has a buffer');
  assert.equal(port.tx[queue]!.send(burst), frames.length);
}

/** How many frames wait at the queue; they are released. */
export function take(rx: RxQueue): number {
  const burst = rx.pool.createBurst(256);
  const count = rx.receive(burst);
  burst.release();
  return count;
}

/** Flows of a port that hears itself, by the queue that they arrive at: at least `each` of each. */
export function flowsByQueue(port: Port, each: number): number[][] {
  const flows: number[][] = port.rx.map(() => []);
  for (let flow = 0; flows.some((list) => list.length < each); flow++) {
    assert.ok(flow < 1000, 'every queue has flows');
    send(port, [udpTo(port, flow)]);
    const queue = port.rx.findIndex((rx) => take(rx) === 1);
    flows[queue]!.push(flow);
  }
  return flows;
}
