/**
 * A unicast address of nobody's for the far end of port `index`, while its real one is not known: a switch passes it on,
 * and no station takes it.
 */
export function placeholderMac(index: number): Uint8Array {
  return Uint8Array.of(0x02, 0, 0, 0, 0, index & 0xff);
}
