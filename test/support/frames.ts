import type { Burst, Port } from '../../src/index.ts';
import { spinUntil } from './until.ts';

const etherType = 0x88b5; // for local experiments

/** An Ethernet frame to a port, `length` bytes, whose payload says its number and is otherwise `fill`. */
export function frameTo(port: Port, length: number, sequence = 0, fill = 0xa5): Buffer {
  const frame = Buffer.alloc(length, fill);
  port.mac.split(':').forEach((byte, i) => {
    frame[i] = Number.parseInt(byte, 16);
  });
  if (length >= 12) frame.set([2, 0, 0, 0, 0, 0xee], 6);
  if (length >= 14) frame.writeUInt16BE(etherType, 12);
  if (length >= 18) frame.writeUInt32BE(sequence, 14);
  return frame;
}

/** The number that {@link frameTo} put into entry `i`. */
export function sequenceOf(burst: Burst, i: number): number {
  return burst.view(i).readUInt32BE(burst.offsets[i]! + 14);
}

/** Appends `count` frames of 60 bytes to a burst, numbered from `first`. */
export function fill(burst: Burst, to: Port, count: number, first = 0): void {
  for (let i = 0; i < count; i++) {
    if (!burst.append(frameTo(to, 60, first + i))) throw new Error('the pool or the burst is full');
  }
}

/** Receives until the burst has `count` frames. */
export function receiveAll(port: Port, burst: Burst, count: number): void {
  const rx = port.rx[0];
  spinUntil(`receiving ${count} frames`, () => {
    rx.receive(burst, count - burst.count);
    return burst.count >= count;
  });
}

/** Reclaims until the devices have reported everything that was sent. */
export function drain(...ports: Port[]): void {
  spinUntil('sending', () => {
    for (const port of ports) port.tx[0].reclaim();
    return ports.every((port) => port.pool.usage().txRings === 0);
  });
}
