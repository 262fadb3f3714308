import * as words from './words.ts';

const { get8, get16, get32, put16, put32 } = words;

/** Bytes of a header without its optional parts. */
export const headerBytes = 4;

/** Bits of {@link flags}: which of the optional parts a header has. */
export const Flag = { checksum: 0x8000, key: 0x2000, sequence: 0x1000 } as const;

const lowestBit = 1;
const reservedOrVersion = 0x4fff; // RFC 2784, 2.3: what a receiver that doesn't know them must refuse, routing and version among them

/** Bytes of the header at `at` (RFC 2784, RFC 2890), its optional parts included; 0 when it is not whole before `end`, or of another kind. */
export function headerLength(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < headerBytes || (get16(bytes, at) & reservedOrVersion) !== 0) return 0;
  const length = headerBytes + partsBefore(flags(bytes, at), lowestBit);
  return at + length <= end ? length : 0;
}

/** Bits of {@link Flag}. */
export function flags(bytes: Uint8Array, at: number): number {
  return get16(bytes, at) & 0xf000;
}

/** The EtherType of what follows. */
export function protocol(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 2);
}

/** The key, 32 bits that may be negative; 0 when the header has none. */
export function key(bytes: Uint8Array, at: number): number {
  const all = flags(bytes, at);
  return (all & Flag.key) === 0 ? 0 : get32(bytes, at + headerBytes + partsBefore(all, Flag.key));
}

/** The sequence number, 32 bits that may be negative; 0 when the header has none. */
export function sequence(bytes: Uint8Array, at: number): number {
  const all = flags(bytes, at);
  return (all & Flag.sequence) === 0 ? 0 : get32(bytes, at + headerBytes + partsBefore(all, Flag.sequence));
}

/** Writes a header without optional parts, and returns where what follows it begins. */
export function write(bytes: Uint8Array, at: number, protocol: number): number {
  put16(bytes, at, 0);
  put16(bytes, at + 2, protocol);
  return at + headerBytes;
}

/** Writes a header with a key, and returns where what follows it begins. */
export function writeKeyed(bytes: Uint8Array, at: number, protocol: number, key: number): number {
  put16(bytes, at, Flag.key);
  put16(bytes, at + 2, protocol);
  put32(bytes, at + headerBytes, key);
  return at + headerBytes + 4;
}

/** Bytes of the optional parts that stand before the one of a flag: of those, the flags are higher bits. */
function partsBefore(flags: number, flag: number): number {
  const before = flags & -flag & ~flag;
  return (((before >>> 15) & 1) + ((before >>> 13) & 1) + ((before >>> 12) & 1)) << 2;
}

/** The version: 0, or 1 in PPTP's headers, which {@link headerLength} refuses. */
export function version(bytes: Uint8Array, at: number): number {
  return get8(bytes, at + 1) & 7;
}
