import { Fragment, type Layers } from './layers.ts';
import * as words from './words.ts';

const { get16, get32 } = words;

/** The finalizer of MurmurHash3. */
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Hashes one end of a flow: its address, which has `count` words, and its port. */
function hashEnd(bytes: Uint8Array, at: number, count: number, port: number): number {
  let hash = Math.imul(port, 0x9e3779b1);
  for (let i = 0; i < count; i++) hash = mix(hash ^ get32(bytes, at + (i << 2)));
  return hash;
}

/**
 * A number for the flow that a frame belongs to, the same in both directions: of IP addresses, protocol, and the ports of TCP, UDP
 * and SCTP. Fragments have that of their addresses alone, all frames without IP that of their EtherType. A burst's column `'hash'` and
 * parsed headers have the same numbers.
 *
 * @param layers Of the same bytes, read before.
 * @returns 0 to 2^32 - 1; 0 of a frame without an EtherType.
 */
export function flowHash(bytes: Uint8Array, layers: Layers): number {
  const { version, l3At, l4At, protocol } = layers;
  if (version === 0) return mix(layers.etherType) >>> 0;
  const count = version === 4 ? 1 : 4;
  const at = l3At + (version === 4 ? 12 : 8);
  const hasPorts = layers.fragment === Fragment.none && layers.hasPorts;
  const source = hashEnd(bytes, at, count, hasPorts ? get16(bytes, l4At) : 0);
  const destination = hashEnd(bytes, at + (count << 2), count, hasPorts ? get16(bytes, l4At + 2) : 0);
  return mix((source + destination) ^ (hasPorts ? protocol : 0)) >>> 0;
}
