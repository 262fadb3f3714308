import { type DecoderInput, type FormatDecoder, fault, hex32 } from './format-decoder.ts';
import { type CaptureInterface, type CaptureRecord, type Direction, maxCapturedBytes } from './frame.ts';
import { findOption, padded } from './options.ts';
import { BlockType, byteOrderMagic, OptionCode, swappedByteOrderMagic } from './pcapng-format.ts';
import { type PcapngInterface, readInterface } from './pcapng-interface.ts';
import { splitTime } from './timestamp.ts';

const minBlockBytes = 12;
const packetHeaderBytes = 28;
const trailerBytes = 4;

/**
 * Most bytes of a block that is looked into: the largest frame, with room for options. Blocks of types that are not
 * looked into may be of any size, and are never in memory as a whole.
 */
const maxBlockBytes = 2 * maxCapturedBytes;

/**
 * Most interfaces of a section, as many as the obsolete packet block can tell apart: what is kept of each needs more memory
 * than the 20 bytes it may have in the file.
 */
const maxInterfaces = 65_536;

/** Shortest blocks that are looked into, by type. */
const knownBlocks: ReadonlyMap<number, number> = new Map([
  [BlockType.sectionHeader, 28],
  [BlockType.interfaceDescription, 20],
  [BlockType.obsoletePacket, packetHeaderBytes + trailerBytes],
  [BlockType.simplePacket, 16],
  [BlockType.enhancedPacket, packetHeaderBytes + trailerBytes],
]);

/** Blocks that Wireshark shows beside frames, and gives numbers. */
const numberedBlocks: ReadonlySet<number> = new Set([
  BlockType.journalExport,
  BlockType.custom,
  BlockType.customNotCopied,
  BlockType.sysdigEvent,
  BlockType.sysdigEventV2,
  BlockType.sysdigEventV2Large,
]);

const directions: readonly Direction[] = ['unknown', 'inbound', 'outbound', 'unknown'];

/** pcapng: sections of blocks, each with its type, and its length at both ends. */
export class PcapngDecoder implements FormatDecoder {
  readonly format = 'pcapng';
  begun = false;
  readonly #input: DecoderInput;
  #section = -1;
  #interfaces: PcapngInterface[] = [];
  /** Length of the block in the window, as far as it is known. */
  #needed = minBlockBytes;
  /** Of a block that is passed over: its length, 0 when there is none, and how much of it is to come. */
  #passing = 0;
  #passingLeft = 0;
  #number = 0;

  /** The window is at the first section header. */
  constructor(input: DecoderInput) {
    this.#input = input;
  }

  get missing(): number {
    const { available } = this.#input.window;
    if (this.#passing > 0) return this.#passingLeft - available;
    return this.begun && available === 0 ? 0 : this.#needed - available;
  }

  get recordOffset(): number {
    return this.#input.window.fileOffset - (this.#passing - this.#passingLeft);
  }

  next(record: CaptureRecord): boolean {
    const { window } = this.#input;
    for (;;) {
      if (this.#passing > 0 && !this.#passOver()) return false;
      this.#needed = minBlockBytes;
      if (window.available < minBlockBytes) return false;
      const type = window.u32(0);
      if (type === BlockType.sectionHeader) this.#readByteOrder();
      const length = this.#checkedLength(type);
      if (!knownBlocks.has(type)) {
        this.#passing = length;
        this.#passingLeft = length;
        if (numberedBlocks.has(type)) this.#number++;
        continue;
      }
      this.#needed = length;
      if (window.available < length) return false;
      this.#checkTrailer(length - trailerBytes, length);
      const isFrame = this.#read(type, length, record);
      window.consume(length);
      if (isFrame) return true;
    }
  }

  #checkedLength(type: number): number {
    const length = this.#input.window.u32(4);
    const known = knownBlocks.get(type);
    const min = known ?? minBlockBytes;
    if (length < min || length % 4 !== 0) {
      fault(this.#input, 4, {
        found: `a block of type ${hex32(type)} and ${length} bytes`,
        expected: `a multiple of 4, at least ${min}`,
      });
    }
    if (known !== undefined && length > maxBlockBytes) {
      fault(this.#input, 4, {
        found: `a block of type ${hex32(type)} and ${length} bytes`,
        expected: `at most ${maxBlockBytes}`,
      });
    }
    return length;
  }

  #checkTrailer(at: number, length: number): void {
    const repeated = this.#input.window.u32(at);
    if (repeated === length) return;
    fault(this.#input, at, {
      found: `the length ${repeated} at the end of a block`,
      expected: `${length}, as at its beginning`,
    });
  }

  /** Consumes of a block that is passed over what is here; true when that was all. */
  #passOver(): boolean {
    const { window } = this.#input;
    const body = Math.min(window.available, this.#passingLeft - trailerBytes);
    window.consume(body);
    this.#passingLeft -= body;
    if (this.#passingLeft > trailerBytes || window.available < trailerBytes) return false;
    this.#checkTrailer(0, this.#passing);
    window.consume(trailerBytes);
    this.#passing = 0;
    this.#passingLeft = 0;
    return true;
  }

  #read(type: number, length: number, record: CaptureRecord): boolean {
    switch (type) {
      case BlockType.sectionHeader:
        this.#readSection();
        return false;
      case BlockType.interfaceDescription:
        this.#addInterface(length);
        return false;
      case BlockType.simplePacket:
        this.#readSimplePacket(length, record);
        return true;
      default:
        this.#readPacket(type, length, record);
        return true;
    }
  }

  #readByteOrder(): void {
    const { window } = this.#input;
    const magic = window.u32(8);
    if (magic === byteOrderMagic) return;
    if (magic !== swappedByteOrderMagic) {
      fault(this.#input, 8, {
        found: `${hex32(magic)} for a section's byte order`,
        expected: `${hex32(byteOrderMagic)} in either order`,
      });
    }
    window.littleEndian = !window.littleEndian;
  }

  #readSection(): void {
    const { window } = this.#input;
    const major = window.u16(12);
    const minor = window.u16(14);
    // Some programs wrote 1.2 for what is 1.0.
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      fault(this.#input, 12, { found: `version ${major}.${minor} of pcapng`, expected: '1.0' });
    }
    this.begun = true;
    this.#section++;
    this.#interfaces = [];
  }

  #addInterface(length: number): void {
    if (this.#interfaces.length === maxInterfaces) {
      fault(this.#input, 0, {
        found: `more than ${maxInterfaces} interfaces in a section`,
        expected: `at most ${maxInterfaces}`,
        hint: 'mergecap -I all makes one of those that are alike',
      });
    }
    const place = { index: this.#interfaces.length, section: this.#section };
    this.#interfaces.push(readInterface(this.#input, length - trailerBytes, place));
  }

  /** Enhanced packets, and the obsolete ones, which only have a narrower interface number beside a count of drops. */
  #readPacket(type: number, length: number, record: CaptureRecord): void {
    const { window } = this.#input;
    const from = this.#interfaceAt(type === BlockType.enhancedPacket ? window.u32(8) : window.u16(8));
    const stored = window.u32(20);
    const room = Math.min(length - packetHeaderBytes - trailerBytes, maxCapturedBytes);
    if (stored > room) this.#lengthFault(20, stored, room);
    splitTime(from, window.u32(12), window.u32(16), record);
    record.hasTimestamp = true;
    this.#place(record, from, { stored, original: window.u32(24), header: packetHeaderBytes });
    this.#readFlags(record, packetHeaderBytes + padded(stored), length - trailerBytes);
  }

  #readSimplePacket(length: number, record: CaptureRecord): void {
    const { window } = this.#input;
    const header = minBlockBytes;
    const from = this.#interfaceAt(0);
    const original = window.u32(8);
    const stored = Math.min(original, from.snapLength);
    const room = Math.min(length - header - trailerBytes, maxCapturedBytes);
    if (stored > room) this.#lengthFault(8, stored, room);
    record.seconds = 0;
    record.nanoseconds = 0;
    record.hasTimestamp = false;
    record.direction = 'unknown';
    this.#place(record, from, { stored, original, header });
  }

  #place(
    record: CaptureRecord,
    from: CaptureInterface,
    { stored, original, header }: { stored: number; original: number; header: number },
  ): void {
    const { window } = this.#input;
    record.interface = from;
    record.interfaceIndex = from.index;
    record.originalLength = Math.max(stored, original);
    record.capturedLength = stored;
    record.number = ++this.#number;
    record.fcsLength = from.fcsLength;
    record.bytes = window.bytes;
    record.position = window.start + header;
    record.fileOffset = window.fileOffset;
  }

  #readFlags(record: CaptureRecord, from: number, to: number): void {
    record.direction = 'unknown';
    const at = from < to ? findOption(this.#input, { from, to }, OptionCode.packetFlags, 4) : -1;
    if (at < 0) return;
    const flags = this.#input.window.u32(at);
    record.direction = directions[flags & 3]!;
    const fcsLength = (flags >>> 5) & 15;
    if (fcsLength > 0) record.fcsLength = fcsLength;
  }

  #interfaceAt(index: number): PcapngInterface {
    const found = this.#interfaces[index];
    if (found !== undefined) return found;
    return fault(this.#input, 8, {
      found: `a frame of interface ${index}`,
      expected: `an interface that was described before: there are ${this.#interfaces.length}`,
    });
  }

  #lengthFault(at: number, stored: number, room: number): never {
    fault(this.#input, at, {
      found: `a captured length of ${stored}`,
      expected: `at most ${room}, which the block has room for`,
    });
  }
}
