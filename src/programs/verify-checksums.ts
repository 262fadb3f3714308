import { Burst } from '../core/burst.ts';
import { CallSlot } from '../core/layout.ts';
import { addon, call, refusal } from '../core/native.ts';

/**
 * Computes in software the checksums of received frames of which the device has said nothing, and adds the verdicts to
 * {@link Burst.statuses}: for ports that check none, as `port.capabilities.rxFlags` tells. Returns how many entries there are. A
 * checksum stays without a verdict where there is none, in fragments, and where the frame ends before its datagram does.
 *
 * @throws {PmdError} `ERR_PMD_NOT_OWNER` and `ERR_PMD_FRAME_LENGTH` name an entry whose frame is not the application's, or leaves its
 *   buffer. `ERR_PMD_CLOSED`.
 */
export function verifyChecksums(burst: Burst): number {
  call[CallSlot.burst] = Burst.handleOf(burst);
  addon.verifyChecksums();
  const result = call[CallSlot.result]!;
  if (result < 0) throw refusal(result, burst);
  return result;
}
