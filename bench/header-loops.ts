import { ethernet, ipv4, Layers, udp } from '../src/net/index.ts';
import { udpFrame } from './column-loops.ts';
import { type Forward, forwarding } from './loops.ts';
import type { SectionLoop } from './sections.ts';
import type { Shape, Station } from './station.ts';

// Loops that read six fields of each frame: EtherType, protocol, both addresses, both ports.

/** What they found, so that it cannot be left out. */
let found = 0;

const byHand: Forward = ({ rx, tx, pool: { bytes } }, burst, { burst: size, frames }) => {
  let sum = 0;
  let read = found;
  for (let left = frames; left > 0; left -= size) {
    const count = rx.receive(burst);
    for (let i = 0; i < count; i++) {
      const at = burst.position(i);
      const ports = at + 14 + ((bytes[at + 14]! & 0x0f) << 2);
      const type = (bytes[at + 12]! << 8) | bytes[at + 13]!;
      const source =
        (bytes[at + 26]! << 24) | (bytes[at + 27]! << 16) | (bytes[at + 28]! << 8) | bytes[at + 29]!;
      const destination =
        (bytes[at + 30]! << 24) | (bytes[at + 31]! << 16) | (bytes[at + 32]! << 8) | bytes[at + 33]!;
      const sourcePort = (bytes[ports]! << 8) | bytes[ports + 1]!;
      const destinationPort = (bytes[ports + 2]! << 8) | bytes[ports + 3]!;
      read = (read + type + bytes[at + 23]! + source + destination + sourcePort + destinationPort) | 0;
    }
    const sent = tx.send(burst);
    if (sent < count) burst.release();
    sum += sent;
  }
  found = read;
  return sum;
};

const byView: Forward = ({ rx, tx, data }, burst, { burst: size, frames }) => {
  let sum = 0;
  let read = found;
  for (let left = frames; left > 0; left -= size) {
    const count = rx.receive(burst);
    for (let i = 0; i < count; i++) {
      const at = burst.position(i);
      const ports = at + 14 + ((data.getUint8(at + 14) & 0x0f) << 2);
      const addresses = data.getInt32(at + 26) + data.getInt32(at + 30);
      const both = data.getUint16(ports) + data.getUint16(ports + 2);
      read = (read + data.getUint16(at + 12) + data.getUint8(at + 23) + addresses + both) | 0;
    }
    const sent = tx.send(burst);
    if (sent < count) burst.release();
    sum += sent;
  }
  found = read;
  return sum;
};

const byFunctions: Forward = ({ rx, tx, pool: { bytes } }, burst, { burst: size, frames }) => {
  let sum = 0;
  let read = found;
  for (let left = frames; left > 0; left -= size) {
    const count = rx.receive(burst);
    for (let i = 0; i < count; i++) {
      const at = burst.position(i);
      const l3 = at + ethernet.headerBytes;
      const l4 = l3 + ipv4.announcedLength(bytes, l3);
      read =
        (read +
          ethernet.type(bytes, at) +
          ipv4.protocol(bytes, l3) +
          ipv4.source(bytes, l3) +
          ipv4.destination(bytes, l3) +
          udp.sourcePort(bytes, l4) +
          udp.destinationPort(bytes, l4)) |
        0;
    }
    const sent = tx.send(burst);
    if (sent < count) burst.release();
    sum += sent;
  }
  found = read;
  return sum;
};

// V8 checks an import at each call, and a constant of the module at none.
const { type } = ethernet;
const { announcedLength, protocol, source, destination } = ipv4;
const { sourcePort, destinationPort } = udp;

const byConstants: Forward = ({ rx, tx, pool: { bytes } }, burst, { burst: size, frames }) => {
  let sum = 0;
  let read = found;
  for (let left = frames; left > 0; left -= size) {
    const count = rx.receive(burst);
    for (let i = 0; i < count; i++) {
      const at = burst.position(i);
      const l3 = at + ethernet.headerBytes;
      const l4 = l3 + announcedLength(bytes, l3);
      read =
        (read +
          type(bytes, at) +
          protocol(bytes, l3) +
          source(bytes, l3) +
          destination(bytes, l3) +
          sourcePort(bytes, l4) +
          destinationPort(bytes, l4)) |
        0;
    }
    const sent = tx.send(burst);
    if (sent < count) burst.release();
    sum += sent;
  }
  found = read;
  return sum;
};

const ways = { byHand, byView, byFunctions, byConstants };

export function fieldLoop(way: keyof typeof ways, station: Station, shape: Shape): SectionLoop {
  return forwarding(ways[way], station, shape);
}

/** Finds all headers of frames of UDP, and reads nothing else: no port has a part in it. */
export function layersLoop({ pool }: Station, { burst: size, frames }: Shape): SectionLoop {
  const { bytes } = pool;
  const burst = pool.createBurst(size);
  const layers = new Layers();
  let whole = 0;
  return {
    prepare() {
      burst.allocate();
      burst.lengths.fill(udpFrame.length);
      for (let i = 0; i < size; i++) bytes.set(udpFrame, burst.position(i));
    },
    measured() {
      whole = 0;
      for (let left = frames; left > 0; left -= size) {
        for (let i = 0; i < size; i++) {
          const at = burst.position(i);
          if (layers.read(bytes, at, at + burst.lengths[i]!)) whole++;
        }
      }
    },
    finish() {
      burst.release();
      if (whole !== frames) throw new Error(`${whole} of ${frames} frames were read`);
    },
  };
}
