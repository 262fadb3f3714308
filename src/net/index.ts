/**
 * Headers of frames: functions over bytes and a position, which read, write, measure and check them where they lie. They need no
 * port, and no native code.
 *
 * - **Positions.** `at` is where a header begins in `bytes`, which may be a pool's memory or any `Uint8Array`. `end` is
 *   where the frame, or what lies around the header, ends. A position that is found is never 0, so 0 says that nothing was found.
 * - **Lengths come first.** `headerLength(bytes, at, end)` of a protocol is 0 when no header is whole there, or it contradicts itself. Only
 *   then do the functions that read and write fields stay within the frame.
 * - **No allocation, no exception.** Whatever the bytes are, what takes bytes and a position returns. What is not in the array reads
 *   as 0. Functions of text that take or return a string allocate it, and `parse` throws for what is no address.
 * - **Numbers.** A field of 32 bits is a number that bit operations have: negative from 2^31 on. Two such fields compare with
 *   `===`, and `>>> 0` makes one positive.
 * - **Checksums come last.** What writes a header leaves its checksum 0; `fillChecksum` writes it.
 *
 * @module
 */

export * as arp from './arp.ts';
export { buildFrame, type FrameLayer } from './build-frame.ts';
export { checksumOf, isGoodSum, sum32, sumWords, updateChecksum } from './checksum.ts';
export { crc32c } from './crc32c.ts';
export * as dhcp from './dhcp.ts';
export * as dns from './dns.ts';
export * as ethernet from './ethernet.ts';
export { EtherType } from './ethernet.ts';
export { flowHash } from './flow-hash.ts';
export * as gre from './gre.ts';
export * as icmp from './icmp.ts';
export * as icmp6 from './icmp6.ts';
export { IpProtocol } from './ip-protocol.ts';
export * as ipv4 from './ipv4.ts';
export * as ipv6 from './ipv6.ts';
export { Fault, Fragment, Layers } from './layers.ts';
export * as mac from './mac.ts';
export * as options from './options.ts';
export * as sctp from './sctp.ts';
export * as tcp from './tcp.ts';
export * as udp from './udp.ts';
export * as vlan from './vlan.ts';
export * as vxlan from './vxlan.ts';
export {
  get8,
  get16,
  get24,
  get32,
  hasBytes,
  isZero,
  moveBytes,
  put8,
  put16,
  put24,
  put32,
  putBytes,
  swapBytes,
} from './words.ts';
