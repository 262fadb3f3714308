/** The sum of bytes as 16-bit words, the first byte of each the higher one: RFC 1071, before the carries are folded in. */
export function sumWords(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 2) sum += (bytes[at]! << 8) | (at + 1 < end ? bytes[at + 1]! : 0);
  return sum;
}

/** The Internet checksum of a sum below 2^31: its one's complement, with the carries folded in. */
export function checksumOf(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return ~(once + (once >>> 16)) & 0xffff;
}
