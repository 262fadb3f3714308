import { nanosecondMagic } from './classic-decoder.ts';
import type { Encoder } from './encoder.ts';
import type { CapturedFrame } from './frame.ts';
import type { OutputBuffer } from './output-file.ts';

const fileHeaderBytes = 24;
const recordHeaderBytes = 16;

/** Classic pcap with nanoseconds, little-endian. It has room for one interface, and only for its link type. */
export class ClassicEncoder implements Encoder {
  readonly maxSeconds = 2 ** 32 - 1;
  readonly #linkType: number;
  readonly #snapLength: number;

  constructor(linkType: number, snapLength: number) {
    this.#linkType = linkType;
    this.#snapLength = snapLength;
  }

  header(): Uint8Array {
    const bytes = new Uint8Array(fileHeaderBytes);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, nanosecondMagic, true);
    view.setUint16(4, 2, true);
    view.setUint16(6, 4, true);
    view.setUint32(16, this.#snapLength, true);
    view.setUint32(20, this.#linkType, true);
    return bytes;
  }

  recordBytes(_frame: CapturedFrame, captured: number): number {
    return recordHeaderBytes + captured;
  }

  encode(frame: CapturedFrame, captured: number, { view, copier, used }: OutputBuffer): void {
    view.setUint32(used, frame.seconds, true);
    view.setUint32(used + 4, frame.nanoseconds, true);
    view.setUint32(used + 8, captured, true);
    view.setUint32(used + 12, frame.originalLength, true);
    copier.copy(frame.bytes, frame.position, used + recordHeaderBytes, captured);
  }

  statistics(): readonly Uint8Array[] {
    return [];
  }

  measureRecord(view: DataView, at: number): number {
    return recordHeaderBytes + view.getUint32(at + 8, true);
  }
}
