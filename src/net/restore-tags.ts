import type { Burst } from '../core/burst.ts';
import { RxFlag } from '../core/layout.ts';
import { insert, tagBytes } from './vlan.ts';

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
    insert(bytes, burst.position(i), status >>> 16);
    offsets[i] = offsets[i]! - tagBytes;
    lengths[i] = lengths[i]! + tagBytes;
    statuses[i] = status & ~RxFlag.vlan;
  }
}
