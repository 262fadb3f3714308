const reversedPolynomial = 0x82f63b78;

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ reversedPolynomial;
  return crc;
});

/**
 * CRC-32C (RFC 9260, appendix A), as 32 bits that may be negative. What is not in the array is left out.
 *
 * @param crc Of the bytes before, to go on from.
 */
export function crc32c(bytes: Uint8Array, start: number, end: number, crc = 0): number {
  let rest = ~crc;
  const last = Math.min(end, bytes.length);
  for (let at = Math.max(start, 0); at < last; at++) rest = (rest >>> 8) ^ table[(rest ^ bytes[at]!) & 0xff]!;
  return ~rest;
}
