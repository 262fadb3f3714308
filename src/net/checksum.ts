/**
 * The sum of bytes as 16-bit words, the first byte of each the higher one: RFC 1071, before the carries are folded in. Sums
 * of the parts of a message may be added, if every part but the last has an even length.
 */
export function sumWords(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  const whole = end - ((end - start) & 1);
  // Around the array there are only zeros: who names a place far away does not wait for them.
  const last = Math.min(whole, bytes.length);
  const first = start < 0 ? start % 2 : start;
  for (let at = first; at < last; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  return whole < end ? sum + (bytes[whole]! << 8) : sum;
}

/** What 32 bits add to such a sum. */
export function sum32(value: number): number {
  return (value >>> 16) + (value & 0xffff);
}

/** The Internet checksum of a sum below 2^32: its one's complement, with the carries folded in. */
export function checksumOf(sum: number): number {
  return ~fold(sum) & 0xffff;
}

/** Whether a sum below 2^32, of words that include their own checksum, says that the checksum is right. */
export function isGoodSum(sum: number): boolean {
  return fold(sum) === 0xffff;
}

/**
 * A checksum after some of the words that it covers have changed: RFC 1624, equation 3. Sums below 2^31; of one word, the
 * word itself. A UDP checksum of 0 means that there is none: leave it, and write a result of 0 as 0xffff. Do so, too, where
 * all words that are covered may be 0 now: 0xffff is right then, and means the same as 0 otherwise.
 *
 * @param removed The sum of the words as they were.
 * @param added The sum of the words that take their places.
 */
export function updateChecksum(checksum: number, removed: number, added: number): number {
  return checksumOf((~checksum & 0xffff) + (~fold(removed) & 0xffff) + fold(added));
}

function fold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once + (once >>> 16)) & 0xffff;
}
