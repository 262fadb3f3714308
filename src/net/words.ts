// Numbers of a frame: big-endian, at any place. What lies outside the array reads as 0, and a write there does nothing.
//
// Modules that are in every loop take them as constants of their own: `const { get16 } = words`. V8 checks an import at each call, and a
// constant at none: six fields of a frame take 2 ns less so.

/** The byte at `at`. */
export function get8(bytes: Uint8Array, at: number): number {
  return bytes[at]! | 0;
}

/** The 16 bits at `at`. */
export function get16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** The 24 bits at `at`. */
export function get24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/** The 32 bits at `at`, as bit operations have them: from 2^31 on the number is negative. `get32(…) >>> 0` never is. */
export function get32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** Writes the low 8 bits of `value`. */
export function put8(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
}

/** Writes the low 16 bits of `value`. */
export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes the low 24 bits of `value`. */
export function put24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value;
}

/** Writes the low 32 bits of `value`. */
export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** The first of the bytes at `at` that is in the array: who names a place far before it does not wait for those between. */
function firstOf(at: number): number {
  return at < 0 ? Math.floor(-at) : 0;
}

/** Writes the first `count` bytes of `from`. Faster than `bytes.set` for the few bytes that an address has. */
export function putBytes(bytes: Uint8Array, at: number, from: Uint8Array, count: number): void {
  const last = Math.min(count, bytes.length - at);
  for (let i = firstOf(at); i < last; i++) bytes[at + i] = from[i]!;
}

/** Copies `count` bytes to a place before them, or one that does not overlap them. */
export function moveBytes(bytes: Uint8Array, to: number, from: number, count: number): void {
  const last = Math.min(count, bytes.length - to);
  for (let i = firstOf(to); i < last; i++) bytes[to + i] = bytes[from + i]!;
}

/** Exchanges `count` bytes at `a` with as many at `b`; not one whose counterpart is not in the array. */
export function swapBytes(bytes: Uint8Array, a: number, b: number, count: number): void {
  const last = Math.min(count, bytes.length - Math.max(a, b));
  for (let i = firstOf(Math.min(a, b)); i < last; i++) {
    const byte = bytes[a + i]!;
    bytes[a + i] = bytes[b + i]!;
    bytes[b + i] = byte;
  }
}

/** Whether the bytes at `at` are those of `other`, all of them. */
export function hasBytes(bytes: Uint8Array, at: number, other: Uint8Array): boolean {
  for (let i = 0; i < other.length; i++) if (bytes[at + i] !== other[i]) return false;
  return true;
}

/** Whether `count` bytes at `at` are all 0. */
export function isZero(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = at; i < at + count; i++) if (bytes[i] !== 0) return false;
  return true;
}
