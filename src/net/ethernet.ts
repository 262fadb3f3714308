/** Bytes of a frame's two addresses and its EtherType. */
export const headerBytes = 14;
/** Sizes that a frame can have without a VLAN tag and without FCS. */
export const minFrameBytes = 60;
export const maxFrameBytes = 1514;
/** Of the checksum that a NIC puts behind a frame: RFC 2544's sizes, and those of the command line, have it in them. */
export const fcsBytes = 4;
/** What a frame has on the wire beside its bytes: preamble, start delimiter, FCS and the gap to the next one. */
export const wireOverheadBytes = 24;
/** For experiments on one's own network: no stack knows it for something else. */
export const experimentalEtherType = 0x88b5;

const macBytes = 6;

/** Writes the destination of the frame at `position`. */
export function setDestination(bytes: Uint8Array, position: number, mac: Uint8Array): void {
  for (let i = 0; i < macBytes; i++) bytes[position + i] = mac[i]!;
}

/** Writes the source of the frame at `position`. */
export function setSource(bytes: Uint8Array, position: number, mac: Uint8Array): void {
  for (let i = 0; i < macBytes; i++) bytes[position + macBytes + i] = mac[i]!;
}

/** Exchanges the two addresses of the frame at `position`. */
export function swapAddresses(bytes: Uint8Array, position: number): void {
  for (let i = position; i < position + macBytes; i++) {
    const byte = bytes[i]!;
    bytes[i] = bytes[i + macBytes]!;
    bytes[i + macBytes] = byte;
  }
}

/**
 * A unicast address of nobody's for the far end of port `index`, while its real one is not known: a switch passes it on,
 * and no station takes it.
 */
export function placeholderMac(index: number): Uint8Array {
  return Uint8Array.of(0x02, 0, 0, 0, 0, index & 0xff);
}
