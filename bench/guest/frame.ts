import { parseMac } from '../../src/index.ts';

export const frameBytes = 60;
/** Who testpmd's `txonly` sends to; it and its sender are set aside for benchmarks (RFC 2544). */
export const receiverIp = '198.18.0.2';

const ipAndUdp = [
  ...[0x45, 0, 0, frameBytes - 14, 0, 0, 0, 0, 64, 17, 0xee, 0x97, 198, 18, 0, 1, 198, 18, 0, 2],
  ...[0, 9, 0, 9, 0, frameBytes - 34, 0, 0], // to "discard", without a checksum
];

/** Ethernet, IPv4 and UDP as `txonly` writes them, and two bytes of payload, as words of memory. */
export function headerWords(to: string, from: string): Uint32Array {
  return new Uint32Array(
    Uint8Array.from([...parseMac(to), ...parseMac(from), 0x08, 0x00, ...ipAndUdp, 0, 0]).buffer,
  );
}
