import { checkInteger, checkText } from '../core/check.ts';
import { ByteWindow } from './byte-window.ts';
import { type CaptureFileError, fileFault } from './capture-file-error.ts';
import { ClassicDecoder, foreignMagics, microsecondMagic, nanosecondMagic } from './classic-decoder.ts';
import { type FormatDecoder, fault, hex32 } from './format-decoder.ts';
import { type CaptureFormat, CaptureRecord } from './frame.ts';
import { PcapngDecoder } from './pcapng-decoder.ts';
import { BlockType } from './pcapng-format.ts';

const magicBytes = 4;
/** Of what errors call a file. */
export const maxNameBytes = 8192;
/** Of memory to begin with. */
export const defaultBufferBytes = 65_536;

/** Refuses memory in which nothing can be read. */
export function checkBufferBytes(bufferBytes: number): number {
  return checkInteger('bufferBytes', bufferBytes, 64, 2 ** 30);
}

/** Files that often pass for captures, by their first digits. */
const otherFiles: readonly { digits: string; found: string; hint: string }[] = [
  { digits: '1f8b', found: 'gzip data', hint: 'decompress it first: gzip -dc FILE > OTHER' },
  { digits: 'fd377a58', found: 'xz data', hint: 'decompress it first: xz -dc FILE > OTHER' },
  { digits: '425a68', found: 'bzip2 data', hint: 'decompress it first: bzip2 -dc FILE > OTHER' },
  { digits: '28b52ffd', found: 'zstd data', hint: 'decompress it first: zstd -dc FILE > OTHER' },
  { digits: '04224d18', found: 'LZ4 data', hint: 'decompress it first: lz4 -dc FILE > OTHER' },
  { digits: '736e6f6f', found: 'a snoop file', hint: 'convert it first: editcap -F pcapng FILE OTHER' },
];

/**
 * Frames out of the bytes of a capture file, pcap or pcapng, in whatever pieces they come. Does no input itself: bytes are
 * written into {@link room} and counted with {@link added}, and {@link next} gives frames until there is none.
 */
export class CaptureDecoder {
  readonly #input: { file: string; readonly window: ByteWindow };
  readonly #record = new CaptureRecord();
  #format: FormatDecoder | undefined;
  #starved = false;

  /**
   * @param file What errors call it.
   * @param bufferBytes Memory to begin with, 64 to 2^30. It doubles while a record that fills it has not ended, to 1 MiB at most.
   */
  constructor(file: string, bufferBytes = defaultBufferBytes) {
    this.#input = {
      file: checkText('file', file, maxNameBytes),
      window: new ByteWindow(checkBufferBytes(bufferBytes)),
    };
  }

  /** Changes what errors call the file. @internal */
  rename(file: string): void {
    this.#input.file = file;
  }

  /** Undefined as long as no record was looked for. */
  get format(): CaptureFormat | undefined {
    return this.#format?.format;
  }

  /** Bytes that are here and not yet decoded. */
  get available(): number {
    return this.#input.window.available;
  }

  /** Memory that is in use for bytes of the file. */
  get bufferBytes(): number {
    return this.#input.window.bytes.length;
  }

  /** Room for more of the file. Empty when there is enough here for `next`. Ends the use of the last record. */
  room(): Uint8Array {
    const { window } = this.#input;
    const room = window.room();
    if (room.length > 0 || !this.#starved) return room;
    window.grow();
    return window.room();
  }

  /** Counts the bytes that were written into the beginning of {@link room}. */
  added(count: number): void {
    const { window } = this.#input;
    window.added(checkInteger('count', count, 0, window.room().length));
    this.#starved = false;
  }

  /**
   * The next frame, always in the same record, or undefined when it has not all come yet.
   *
   * @throws {CaptureFileError} where the file is at fault. Calling again finds the same.
   */
  next(): CaptureRecord | undefined {
    this.#format ??= this.#detect();
    if (this.#format?.next(this.#record) === true) return this.#record;
    this.#starved = true;
    return undefined;
  }

  /**
   * To be called when the file has ended and `next` has no more frames.
   *
   * @returns what is wrong when the file ends amid a record, or undefined.
   * @throws {CaptureFileError} when it is too short to be a capture file at all.
   */
  end(): CaptureFileError | undefined {
    const { window, file } = this.#input;
    if (this.#format === undefined || !this.#format.begun) {
      throw fileFault(file, 0, {
        found: `a file of ${window.fileOffset + window.available} bytes`,
        expected: 'the header of a pcap or pcapng file',
      });
    }
    const { missing, recordOffset } = this.#format;
    if (missing <= 0) return undefined;
    return fileFault(file, window.fileOffset + window.available, {
      found: 'the end of the file',
      expected: `${missing} more bytes of what begins at ${recordOffset}`,
      hint: 'allow truncated files to use what comes before',
    });
  }

  /** Begins the file anew, if all of it is still here: then {@link next} gives its frames again. */
  rewind(): boolean {
    if (!this.#input.window.rewind()) return false;
    this.#format = undefined;
    this.#starved = false;
    return true;
  }

  #detect(): FormatDecoder | undefined {
    const input = this.#input;
    const { window, file } = input;
    if (window.available < magicBytes) return undefined;
    window.littleEndian = false;
    const magic = window.u32(0);
    if (magic === BlockType.sectionHeader) return new PcapngDecoder(input);
    for (const littleEndian of [false, true]) {
      window.littleEndian = littleEndian;
      const ordered = window.u32(0);
      if (ordered === microsecondMagic || ordered === nanosecondMagic) return new ClassicDecoder(input);
      const variant = foreignMagics.get(ordered);
      if (variant !== undefined) {
        fault(input, 0, {
          found: variant,
          expected: 'pcap or pcapng',
          hint: 'convert it first: editcap -F pcapng FILE OTHER',
        });
      }
    }
    throw notACapture(file, magic);
  }
}

function notACapture(file: string, magic: number): CaptureFileError {
  const digits = magic.toString(16).padStart(8, '0');
  const other = otherFiles.find((known) => digits.startsWith(known.digits));
  return fileFault(file, 0, {
    found: other?.found ?? hex32(magic),
    expected: 'the magic number of a pcap or pcapng file',
    hint: other?.hint ?? 'only pcap and pcapng are read',
  });
}
