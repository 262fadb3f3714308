import type { Burst } from '../core/burst.ts';
import { RxFlag } from '../core/layout.ts';
import { put16 } from './words.ts';

export const tagBytes = 4;
/** A tag's EtherType (802.1Q). */
export const tagProtocol = 0x8100;

const addressBytes = 12;

/**
 * Puts the tags back into the frames of a burst that the device stripped, where the tag was, in the room before the frame. Without
 * such frames it costs a look at each status.
 */
export function restoreTags(burst: Burst): void {
  const { statuses, offsets, lengths, pool } = burst;
  const { bytes } = pool;
  for (let i = 0; i < burst.count; i++) {
    const status = statuses[i]!;
    if ((status & RxFlag.vlan) === 0 || offsets[i]! < tagBytes) continue;
    const position = burst.position(i);
    const tagged = position - tagBytes;
    for (let at = 0; at < addressBytes; at++) bytes[tagged + at] = bytes[position + at]!;
    put16(bytes, tagged + addressBytes, tagProtocol);
    put16(bytes, tagged + addressBytes + 2, status >>> 16);
    offsets[i] = offsets[i]! - tagBytes;
    lengths[i] = lengths[i]! + tagBytes;
    statuses[i] = status & ~RxFlag.vlan;
  }
}
