// An IPv4 router's fast path: longest prefix, TTL, checksum, MAC addresses. What it can't route stays in the burst, for JavaScript.
//
//   npx asc examples/assembly/router.ts -O3 --importMemory --runtime stub --outFile router.wasm
import { Burst, frameAt, lengthOf, setVerdict, Verdict } from '../../wasm/vfio-pmd';

// A trie of nodes of 256 entries: route in bits 15:0, child in bits 31:16; 0: none.
const mostNodes: u32 = 512;
const nodes: usize = zeros(512 * 1024);
const prefixLengths: usize = zeros(512 * 256); // of each entry's route
let usedNodes: u32 = 1;

/** Of each route: destination MAC, source MAC, port. */
const hops: usize = zeros(4096 * 16);

function zeros(bytes: usize): usize {
  const at = heap.alloc(bytes);
  memory.fill(at, 0, bytes);
  return at;
}

/** Where to write the 16 bytes of a route, 1 to 4095: both MAC addresses, and the port in the last four, low byte first. */
export function hopAt(route: u32): usize {
  assert(route > 0 && route < 4096);
  return hops + (route << 4);
}

/** Sends a prefix by a route; 0 takes it out again. False when there is no room. */
export function setRoute(address: u32, bits: u32, route: u32): bool {
  let node: u32 = 0;
  let shift: u32 = 24;
  for (; bits > 32 - shift; shift -= 8) {
    const at = nodes + (((node << 8) | ((address >>> shift) & 255)) << 2);
    let child = load<u32>(at) >>> 16;
    if (child == 0) {
      if (usedNodes == mostNodes) return false;
      child = usedNodes++;
      store<u32>(at, load<u32>(at) | (child << 16));
    }
    node = child;
  }
  const first = (node << 8) | ((address >>> shift) & 255);
  const entries: u32 = 1 << (32 - shift - bits);
  for (let entry = first & ~(entries - 1); entry < (first & ~(entries - 1)) + entries; entry++) {
    if (load<u8>(prefixLengths + entry) > bits) continue;
    store<u8>(prefixLengths + entry, bits);
    const at = nodes + (entry << 2);
    store<u32>(at, (load<u32>(at) & 0xffff0000) | route);
  }
  return true;
}

// @ts-ignore: a decorator
@inline
function lookup(address: u32): u32 {
  let route: u32 = 0;
  let node: u32 = 0;
  for (let shift: i32 = 24; shift >= 0; shift -= 8) {
    const entry = load<u32>(nodes + (((node << 8) | ((address >>> shift) & 255)) << 2));
    if ((entry & 0xffff) != 0) route = entry & 0xffff;
    node = entry >>> 16;
    if (node == 0) break;
  }
  return route;
}

/** Whether the 20 bytes or more of an IPv4 header sum up. */
// @ts-ignore: a decorator
@inline
function isSound(header: usize, bytes: u32): bool {
  let sum: u64 = 0;
  for (let at: u32 = 0; at < bytes; at += 4) sum += load<u32>(header + at);
  sum = (sum & 0xffffffff) + (sum >>> 32);
  sum = (sum & 0xffff) + ((sum >>> 16) & 0xffff) + (sum >>> 32);
  return (sum & 0xffff) + (sum >>> 16) == 0xffff;
}

// @ts-ignore: a decorator
@inline
function route(frame: usize, length: u32): u32 {
  if (length < 34 || load<u16>(frame + 12) != 0x0008 || load<u8>(frame) & 1) return Verdict.keep; // not IPv4, or for many
  const header = frame + 14;
  const bytes = (<u32>load<u8>(header) & 15) << 2;
  if (load<u8>(header) >>> 4 != 4 || bytes < 20 || bytes + 14 > length || !isSound(header, bytes)) return Verdict.drop;
  const found = lookup(bswap<u32>(load<u32>(header + 16)));
  if (found == 0 || load<u8>(header + 8) < 2) return Verdict.keep; // for JavaScript to answer
  store<u8>(header + 8, load<u8>(header + 8) - 1);
  const checksum = <u32>load<u16>(header + 10) + 1; // RFC 1624: TTL is a high byte, and this machine's order the other one
  store<u16>(header + 10, <u16>(checksum + (checksum >>> 16)));
  const hop = hops + (found << 4);
  store<u64>(frame, load<u64>(hop));
  store<u32>(frame + 8, load<u32>(hop + 8));
  return Verdict.port + load<u32>(hop + 12);
}

export function process(burst: Burst, count: u32): void {
  for (let i: u32 = 0; i < count; i++) setVerdict(burst, i, route(frameAt(burst, i), lengthOf(burst, i)));
}
