import { checkBoolean, checkOptions, checkPath, checkText } from '../core/check.ts';
import { describe, invalidArgument } from '../core/errors.ts';
import { type ByteSource, ChunkSource, FileSource } from './byte-source.ts';
import { CaptureDecoder, checkBufferBytes, defaultBufferBytes, maxNameBytes } from './capture-decoder.ts';
import type { CaptureFormat, CaptureRecord } from './frame.ts';
import { UnpackingSource } from './unpacking-source.ts';

/** How a capture is read. */
export interface CaptureReaderOptions {
  /**
   * Whether a file that ends amid a record is read up to there, as one is that a program still writes: {@link CaptureReader.truncated}
   * tells. By default its frames are followed by an error.
   */
  allowTruncated?: boolean;
  /** Memory for bytes of the file, 64 to 2^30. Default 65536. */
  bufferBytes?: number;
  /** What errors call the capture. Default: its path. */
  name?: string;
}

/**
 * Frames of a capture file, pcap or pcapng, in the file's order. Needs memory for its buffer and for one record, however big the file
 * is and whatever stands in it.
 *
 * Iterating is the convenient way. Without a promise per frame, use what is here and then ask for more:
 *
 * ```ts
 * do {
 *   for (let record = reader.next(); record !== undefined; record = reader.next()) use(record);
 * } while (await reader.fill());
 * ```
 */
export class CaptureReader implements AsyncIterable<CaptureRecord>, AsyncDisposable {
  /** Whether the file ended amid a record; known when it has been read. */
  truncated = false;
  readonly #source: ByteSource;
  readonly #decoder: CaptureDecoder;
  readonly #allowTruncated: boolean;
  #filling: Promise<boolean> | undefined;
  #atEnd = false;
  #checkedEnd = false;

  /** @internal */
  constructor(source: ByteSource, options: CaptureReaderOptions) {
    this.#source = new UnpackingSource(source, (name) => this.#decoder.rename(name));
    this.#decoder = new CaptureDecoder(source.name, options.bufferBytes);
    this.#allowTruncated = options.allowTruncated ?? false;
  }

  /** Undefined until the first record was looked for. */
  get format(): CaptureFormat | undefined {
    return this.#decoder.format;
  }

  /** Bytes that were read and not yet decoded. */
  get availableBytes(): number {
    return this.#decoder.available;
  }

  /** Memory in use for bytes of the file. */
  get bufferBytes(): number {
    return this.#decoder.bufferBytes;
  }

  /**
   * The next frame, or undefined when more has to be read first. It is the same object every time: it ends with the next
   * call of this or of {@link fill}. Allocates nothing.
   *
   * @throws {CaptureFileError} with the offset of the fault, after all frames before it.
   */
  next(): CaptureRecord | undefined {
    const record = this.#decoder.next();
    if (record === undefined && this.#atEnd && !this.#checkedEnd) this.#checkEnd();
    return record;
  }

  #checkEnd(): void {
    const fault = this.#source.fault ?? this.#decoder.end();
    if (fault !== undefined && !this.#allowTruncated) throw fault;
    this.truncated = fault !== undefined;
    this.#checkedEnd = true;
  }

  /**
   * Reads more of the file; false when it had ended before. While frames are left it can be called ahead of need, and
   * {@link next} goes on meanwhile.
   *
   * @throws {CaptureFileError} when the file can't be read.
   */
  fill(): Promise<boolean> {
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
    return this.#filling;
  }

  async #fill(): Promise<boolean> {
    if (this.#atEnd) return false;
    const room = this.#decoder.room();
    if (room.length === 0) return true;
    const count = await this.#source.read(room);
    if (count === 0) this.#atEnd = true;
    else this.#decoder.added(count);
    return true;
  }

  /**
   * Goes back to the first frame without reading anything again. False when the beginning is not in memory any more: files of
   * at most half of `bufferBytes` stay there.
   */
  rewind(): boolean {
    if (!this.#decoder.rewind()) return false;
    this.#checkedEnd = false;
    return true;
  }

  /** Whether all frames have been given, and the file has no more. */
  get ended(): boolean {
    return this.#checkedEnd;
  }

  /** All frames. Closes the reader at the end, however it comes. */
  async *[Symbol.asyncIterator](): AsyncGenerator<CaptureRecord, void, undefined> {
    try {
      do {
        for (let record = this.next(); record !== undefined; record = this.next()) yield record;
      } while (await this.fill());
    } finally {
      await this.close();
    }
  }

  /** Lets the file go. Can be called again. */
  async close(): Promise<void> {
    this.#atEnd = true;
    this.#checkedEnd = true;
    await this.#filling?.catch(() => undefined);
    await this.#source.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens a capture file, or anything else that can be read: `/dev/stdin`, a named pipe. gzip data are unpacked; offsets in errors are
 * then those of what comes out.
 *
 * @throws {CaptureFileError} when it can't be opened. What stands in it is looked at only by the reader. `ERR_PMD_INVALID_ARGUMENT`
 * for options that can't be, before anything is opened.
 */
export async function openCapture(path: string, options: CaptureReaderOptions = {}): Promise<CaptureReader> {
  checkPath('path', path);
  const checked = checkReaderOptions(options);
  const source = await FileSource.open(path, checked.name ?? path);
  return new CaptureReader(source, checked);
}

/** Reads a capture from chunks of bytes as they come, such as a socket's. Chunks may be cut anywhere, and may be gzip data. */
export function readCapture(
  chunks: AsyncIterable<Uint8Array>,
  options: CaptureReaderOptions = {},
): CaptureReader {
  if (typeof (chunks as Partial<typeof chunks> | null)?.[Symbol.asyncIterator] !== 'function') {
    throw invalidArgument(
      `chunks is ${describe(chunks)}`,
      'pass an async iterable of Uint8Array, such as a stream',
    );
  }
  const checked = checkReaderOptions(options);
  return new CaptureReader(new ChunkSource(chunks, checked.name ?? 'capture'), checked);
}

/** A copy, so that what is checked is what is used. */
function checkReaderOptions(options: CaptureReaderOptions): CaptureReaderOptions {
  checkOptions('options', options, ['allowTruncated', 'bufferBytes', 'name']);
  const { allowTruncated = false, bufferBytes = defaultBufferBytes, name } = options;
  checkBoolean('allowTruncated', allowTruncated);
  checkBufferBytes(bufferBytes);
  return name === undefined
    ? { allowTruncated, bufferBytes }
    : { allowTruncated, bufferBytes, name: checkText('name', name, maxNameBytes) };
}
