import { parseMac } from '../core/mac.ts';
import { BlockBuilder } from './block-builder.ts';
import type { CaptureStatistics, Encoder, InterfaceDescription } from './encoder.ts';
import { type CapturedFrame, type Direction, linkTypeEthernet } from './frame.ts';
import { padded } from './options.ts';
import type { OutputBuffer } from './output-file.ts';
import { BlockType, byteOrderMagic, nanosecondResolution, OptionCode } from './pcapng-format.ts';
import { maxSeconds, nanosecondsHigh, nanosecondsLow } from './timestamp.ts';

const packetHeaderBytes = 28;
const trailerBytes = 4;
/** The flags option, and the mark that ends the options. */
const flagsBytes = 12;
const unknownLength = 0xffff_ffff;

const directionFlags: Readonly<Record<Direction, number>> = { unknown: 0, inbound: 1, outbound: 2 };

/** Who captured: what a section says of itself. */
export interface SectionDescription {
  application?: string | undefined;
  os?: string | undefined;
  hardware?: string | undefined;
}

/** pcapng with nanoseconds, little-endian: one section, an interface for each port, statistics at the end. */
export class PcapngEncoder implements Encoder {
  readonly maxSeconds = maxSeconds;
  readonly #section: SectionDescription;
  readonly #interfaces: readonly InterfaceDescription[];
  readonly #snapLength: number;

  constructor(section: SectionDescription, interfaces: readonly InterfaceDescription[], snapLength: number) {
    this.#section = section;
    this.#interfaces = interfaces;
    this.#snapLength = snapLength;
  }

  header(): Uint8Array {
    const { application, os, hardware } = this.#section;
    const section = new BlockBuilder(BlockType.sectionHeader)
      .words(byteOrderMagic, 1, unknownLength, unknownLength)
      .text(OptionCode.sectionHardware, hardware)
      .text(OptionCode.sectionOs, os)
      .text(OptionCode.sectionApplication, application)
      .build();
    const interfaces = this.#interfaces.map((description) => this.#describe(description));
    return Uint8Array.from(Buffer.concat([section, ...interfaces]));
  }

  #describe({ name, description, mac, speedMbps, linkType }: InterfaceDescription): Uint8Array {
    const block = new BlockBuilder(BlockType.interfaceDescription)
      .words(linkType ?? linkTypeEthernet, this.#snapLength)
      .text(OptionCode.interfaceName, name)
      .text(OptionCode.interfaceDescription, description);
    if (mac !== undefined) block.option(OptionCode.interfaceMac, parseMac(mac));
    if (speedMbps !== undefined) block.count(OptionCode.interfaceSpeed, speedMbps * 1e6);
    return block.option(OptionCode.interfaceResolution, Uint8Array.of(nanosecondResolution)).build();
  }

  recordBytes({ direction }: CapturedFrame, captured: number): number {
    const options = direction === 'unknown' ? 0 : flagsBytes;
    return packetHeaderBytes + padded(captured) + options + trailerBytes;
  }

  encode(frame: CapturedFrame, captured: number, { view, copier, used }: OutputBuffer): void {
    const length = this.recordBytes(frame, captured);
    view.setUint32(used, BlockType.enhancedPacket, true);
    view.setUint32(used + 4, length, true);
    view.setUint32(used + 8, frame.interfaceIndex, true);
    view.setUint32(used + 12, nanosecondsHigh(frame), true);
    view.setUint32(used + 16, nanosecondsLow(frame), true);
    view.setUint32(used + 20, captured, true);
    view.setUint32(used + 24, frame.originalLength, true);
    const data = used + packetHeaderBytes;
    copier.copy(frame.bytes, frame.position, data, captured);
    const end = data + captured;
    const options = data + padded(captured);
    for (let at = end; at < options; at++) view.setUint8(at, 0);
    if (frame.direction !== 'unknown') {
      view.setUint16(options, OptionCode.packetFlags, true);
      view.setUint16(options + 2, 4, true);
      view.setUint32(options + 4, directionFlags[frame.direction], true);
      view.setUint32(options + 8, 0, true);
    }
    view.setUint32(used + length - trailerBytes, length, true);
  }

  statistics({ start, end, interfaces }: CaptureStatistics): readonly Uint8Array[] {
    return interfaces.map(({ receivedFrames, droppedFrames }, index) => {
      const high = nanosecondsHigh(end);
      const low = nanosecondsLow(end);
      const block = new BlockBuilder(BlockType.interfaceStatistics).words(index, high, low);
      if (start !== undefined) {
        block.halves(OptionCode.statisticsStart, nanosecondsHigh(start), nanosecondsLow(start));
      }
      return block
        .halves(OptionCode.statisticsEnd, high, low)
        .count(OptionCode.statisticsReceived, receivedFrames)
        .count(OptionCode.statisticsDropped, droppedFrames)
        .build();
    });
  }

  measureRecord(view: DataView, at: number): number {
    return view.getUint32(at + 4, true);
  }
}
