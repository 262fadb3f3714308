import { type DecoderInput, type FormatDecoder, fault } from './format-decoder.ts';
import { type CaptureInterface, type CaptureRecord, maxCapturedBytes } from './frame.ts';

const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
const nanosecondsPerMicrosecond = 1000;

export const microsecondMagic = 0xa1b2c3d4;
export const nanosecondMagic = 0xa1b23c4d;

/** Variants that look like classic pcap, and have other record headers: what libpcap calls them. */
export const foreignMagics: ReadonlyMap<number, string> = new Map([
  [0xa1b2cd34, "Kuznetzov's modified pcap"],
  [0xa1b234cd, "Mesquita's modified pcap"],
  [0xa12b3c4d, "Navtel's modified pcap"],
  [0xa1e2cb12, 'IXIA pcap'],
]);

/** Where a record header has the length of what is stored, and that of the frame on the wire. */
interface LengthOrder {
  readonly stored: number;
  readonly original: number;
}

const usualOrder: LengthOrder = { stored: 8, original: 12 };
const swappedOrder: LengthOrder = { stored: 12, original: 8 };

const majorVersion = 2;
const latestMinorVersion = 4;

/** Classic pcap: a header, then records of 16 bytes and a frame. Versions 2.0 to 2.4. */
export class ClassicDecoder implements FormatDecoder {
  readonly format = 'pcap';
  begun = false;
  #needed = fileHeaderBytes;
  #interface: CaptureInterface | undefined;
  #nanosecondsPerUnit = 1;
  #minorVersion = latestMinorVersion;
  #number = 0;
  readonly #input: DecoderInput;

  /** The window is at the file's magic number, and in its byte order. */
  constructor(input: DecoderInput) {
    this.#input = input;
  }

  get missing(): number {
    const { available } = this.#input.window;
    return this.begun && available === 0 ? 0 : this.#needed - available;
  }

  get recordOffset(): number {
    return this.#input.window.fileOffset;
  }

  next(record: CaptureRecord): boolean {
    const { window } = this.#input;
    if (!this.begun && !this.#readHeader()) return false;
    this.#needed = recordHeaderBytes;
    if (window.available < recordHeaderBytes) return false;
    const order = this.#lengthOrder();
    const stored = window.u32(order.stored);
    if (stored > maxCapturedBytes) {
      fault(this.#input, order.stored, {
        found: `a captured length of ${stored}`,
        expected: `at most ${maxCapturedBytes}`,
      });
    }
    this.#needed += stored;
    if (window.available < this.#needed) return false;
    this.#fill(record, stored, window.u32(order.original));
    window.consume(this.#needed);
    return true;
  }

  /** Versions before 2.3 swap the two lengths, and programs that wrote 2.3 did not agree: the smaller one is what is stored. */
  #lengthOrder(): LengthOrder {
    if (this.#minorVersion === latestMinorVersion) return usualOrder;
    if (this.#minorVersion < 3) return swappedOrder;
    const { window } = this.#input;
    return window.u32(usualOrder.stored) > window.u32(usualOrder.original) ? swappedOrder : usualOrder;
  }

  #fill(record: CaptureRecord, stored: number, original: number): void {
    const { window } = this.#input;
    const from = this.#interface!;
    const fraction = window.u32(4) * this.#nanosecondsPerUnit;
    record.interface = from;
    record.interfaceIndex = 0;
    record.seconds = window.u32(0) + Math.floor(fraction / 1e9);
    record.nanoseconds = fraction % 1e9;
    record.hasTimestamp = true;
    record.direction = 'unknown';
    record.originalLength = Math.max(stored, original);
    record.capturedLength = stored;
    record.number = ++this.#number;
    record.fcsLength = from.fcsLength;
    record.bytes = window.bytes;
    record.position = window.start + recordHeaderBytes;
    record.fileOffset = window.fileOffset;
  }

  #readHeader(): boolean {
    const { window } = this.#input;
    if (window.available < fileHeaderBytes) return false;
    const [major, minor] = [window.u16(4), window.u16(6)];
    if (major !== majorVersion || minor > latestMinorVersion) {
      fault(this.#input, 4, { found: `version ${major}.${minor} of pcap`, expected: '2.0 to 2.4' });
    }
    this.#minorVersion = minor;
    this.#nanosecondsPerUnit = window.u32(0) === nanosecondMagic ? 1 : nanosecondsPerMicrosecond;
    const network = window.u32(20);
    this.#interface = {
      index: 0,
      section: 0,
      linkType: network & 0xffff,
      snapLength: snapLengthOf(window.u32(16)),
      fcsLength: fcsLengthOf(network),
      name: '',
    };
    this.begun = true;
    window.consume(fileHeaderBytes);
    return true;
  }
}

/** 0 means none was set; some programs write numbers that nothing can have. */
export function snapLengthOf(value: number): number {
  return value === 0 ? maxCapturedBytes : Math.min(value, maxCapturedBytes);
}

/** The upper bits of the link type: whether they say anything, and how many 16-bit words of FCS there are. */
function fcsLengthOf(network: number): number {
  return (network & 0x0400_0000) === 0 ? 0 : (network >>> 28) * 2;
}
