// Translates addresses and ports (NAT44): an inner network shares one outer address, until Ctrl-C.
//
//   npm run build && node --import tsx examples/nat.ts packet:veth0=10.0.1.1 packet:veth1=203.0.113.1,203.0.113.2
// The second address of the outer port is its gateway.
import { type Burst, createPool, openPort, Verdict } from 'vfio-pmd';
import {
  ethernet,
  Fragment,
  get16,
  get32,
  IpProtocol,
  icmp,
  ipv4,
  Layers,
  put16,
  sum32,
  updateChecksum,
} from 'vfio-pmd/net';
import { Neighbours } from './neighbours.ts';
import { serve } from './serve.ts';

const places = process.argv.slice(2).map((place) => place.split(/[=,]/) as [string, string, string]);
const pool = await createPool({ buffers: 8192 });
const ports = await Promise.all(places.map(([address]) => openPort(address, { pool })));
const sides = ports.map((port, n) => new Neighbours(port, places[n]![1]));
const [inward, outward] = sides as [Neighbours, Neighbours];
const gateway = ipv4.parseAddress(places[1]![2]);
const { bytes } = pool;
const layers = new Layers();

/** Where ports, or an identifier of pings that is used like one, and the checksum stand. */
const kinds = new Map<number, { source: number; destination: number; checksum: number }>([
  [IpProtocol.tcp, { source: 0, destination: 2, checksum: 16 }],
  [IpProtocol.udp, { source: 0, destination: 2, checksum: 6 }],
  [IpProtocol.icmp, { source: 4, destination: 4, checksum: 2 }],
]);

/** Of an inner host: its address, its port or identifier, and the outer port that stands for them. By what is known of it. */
const flows = new Map<number, { ip: number; port: number; outerPort: number }>();
const key = (protocol: number, ip: number, port: number) => ((ip >>> 0) * 2 ** 16 + port) * 32 + protocol;
let nextPort = 1024;

function flowOf(protocol: number, ip: number, port: number) {
  const known = flows.get(key(protocol, ip, port));
  if (known !== undefined) return known;
  const flow = { ip, port, outerPort: nextPort };
  nextPort = nextPort === 0xffff ? 1024 : nextPort + 1;
  const before = flows.get(key(protocol, 0, flow.outerPort));
  if (before !== undefined) flows.delete(key(protocol, before.ip, before.port)); // the oldest makes room
  return flows.set(key(protocol, ip, port), flow).set(key(protocol, 0, flow.outerPort), flow) && flow;
}

/** Replaces an address and a port, and updates both checksums by what changed. */
function rewrite(ipOffset: number, ip: number, portAt: number, port: number): void {
  const { l3At, l4At, protocol } = layers;
  const checksumAt = l4At + kinds.get(protocol)!.checksum;
  // The checksum of a ping does not cover addresses.
  const sums = protocol === IpProtocol.icmp ? [0, 0] : [sum32(get32(bytes, l3At + ipOffset)), sum32(ip)];
  const updated = updateChecksum(get16(bytes, checksumAt), sums[0]! + get16(bytes, portAt), sums[1]! + port);
  const isNone = protocol === IpProtocol.udp && get16(bytes, checksumAt) === 0;
  if (!isNone) put16(bytes, checksumAt, protocol === IpProtocol.udp ? updated || 0xffff : updated);
  put16(bytes, portAt, port);
  ipv4.replaceAddress(bytes, l3At, ipOffset, ip);
}

/** Translates the frame at `at`; returns the MAC address that it is for, if it is to be sent. */
function translate(isOutgoing: boolean): Uint8Array | undefined {
  const { l3At, l4At, protocol } = layers;
  const kind = kinds.get(protocol);
  if (kind === undefined || layers.fragment !== Fragment.none || ipv4.timeToLive(bytes, l3At) < 2)
    return undefined;
  if (protocol === IpProtocol.icmp && (icmp.type(bytes, l4At) & ~8) !== 0) return undefined; // no echo
  if (isOutgoing) {
    const flow = flowOf(protocol, ipv4.source(bytes, l3At), get16(bytes, l4At + kind.source));
    rewrite(ipv4.sourceOffset, outward.ip, l4At + kind.source, flow.outerPort);
    return outward.find(gateway);
  }
  const flow = flows.get(key(protocol, 0, get16(bytes, l4At + kind.destination)));
  if (flow === undefined || ipv4.destination(bytes, l3At) !== outward.ip) return undefined;
  rewrite(ipv4.destinationOffset, flow.ip, l4At + kind.destination, flow.port);
  return inward.find(flow.ip);
}

/** Whether a frame that came from one of the sides, 0 or 1, is to leave, and where: it is translated or answered then. */
function verdictOf(burst: Burst, i: number, from: number): number {
  const at = burst.position(i);
  if (!layers.read(bytes, at, at + burst.lengths[i]!)) return Verdict.drop;
  if (sides[from]!.answer(at, layers)) return Verdict.port + from;
  const mac = layers.version === 4 ? translate(from === 0) : undefined;
  if (mac === undefined) return Verdict.drop;
  ipv4.decrementTimeToLive(bytes, layers.l3At);
  ethernet.setDestination(bytes, at, mac);
  ethernet.setSource(bytes, at, sides[1 - from]!.mac);
  return Verdict.port + 1 - from;
}

const packets = await serve(pool, ports, verdictOf);
console.log(`stopped after ${packets} packets, with ${nextPort - 1024} flows`);
