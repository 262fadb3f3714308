import { headerBytes } from '../net/ethernet.ts';
import { type CaptureRecord, linkTypeEthernet } from '../pcap/index.ts';
import type { Skipped, SkipReason } from '../results/replay-details.ts';

const listedFrames = 16;

/** Cuts the FCS off a frame that has one: the NIC makes its own. */
export function withoutFcs(record: CaptureRecord): void {
  const { fcsLength } = record;
  if (fcsLength === 0 || record.originalLength < fcsLength) return;
  record.originalLength -= fcsLength;
  record.capturedLength = Math.min(record.capturedLength, record.originalLength);
  record.fcsLength = 0;
}

/** Why a port can't send the frame, or undefined if it can. */
export function skipReason(record: CaptureRecord, maxFrameBytes: number): SkipReason | undefined {
  if (record.interface.linkType !== linkTypeEthernet) return 'not Ethernet';
  if (record.originalLength < headerBytes) return 'too short';
  if (record.originalLength > maxFrameBytes) return 'too long';
  return record.capturedLength < record.originalLength ? 'cut in the capture' : undefined;
}

/** Counts frames that can't be sent, and lists the first of them. */
export class SkippedFrames {
  readonly #byReason = new Map<SkipReason, Skipped>();

  /** @param isNew Whether its number is to be listed: later passes have the same ones. */
  add(reason: SkipReason, number: number, isNew: boolean): void {
    let skipped = this.#byReason.get(reason);
    if (skipped === undefined) {
      skipped = { reason, frames: 0, numbers: [] };
      this.#byReason.set(reason, skipped);
    }
    skipped.frames++;
    if (isNew && skipped.numbers.length < listedFrames) skipped.numbers.push(number);
  }

  /** In the order in which they came up. */
  list(): Skipped[] {
    return [...this.#byReason.values()];
  }
}
