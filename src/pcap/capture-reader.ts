import { type FileHandle, open } from 'node:fs/promises';
import { CaptureDecoder } from './capture-decoder.ts';
import { systemFault } from './capture-file-error.ts';
import type { CaptureFormat, CaptureRecord } from './frame.ts';

/** How a capture is read. */
export interface CaptureReaderOptions {
  /**
   * Whether a file that ends amid a record is read up to there, as one is that a program still writes: {@link CaptureReader.truncated}
   * tells. By default its frames are followed by an error.
   */
  allowTruncated?: boolean;
  /** Memory for bytes of the file. Default 65536. */
  bufferBytes?: number;
  /** What errors call the capture. Default: its path. */
  name?: string;
}

/** Where bytes come from. `read` says how many it wrote into the beginning of `room`: 0 at the end. */
interface ByteSource {
  read(room: Uint8Array): Promise<number>;
  close(): Promise<void>;
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
  constructor(source: ByteSource, name: string, options: CaptureReaderOptions) {
    this.#source = source;
    this.#decoder = new CaptureDecoder(name, options.bufferBytes);
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
    const fault = this.#decoder.end();
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
 * Opens a capture file, or anything else that can be read: `/dev/stdin`, a named pipe.
 *
 * @throws {CaptureFileError} when it can't be opened. What stands in it is looked at only by the reader.
 */
export async function openCapture(path: string, options: CaptureReaderOptions = {}): Promise<CaptureReader> {
  const name = options.name ?? path;
  const file = await open(path, 'r').catch((error: unknown) => {
    throw systemFault(name, error, {});
  });
  return new CaptureReader(new FileSource(file, name), name, options);
}

/** Reads a capture from chunks of bytes as they come, such as a socket's. Chunks may be cut anywhere. */
export function readCapture(
  chunks: AsyncIterable<Uint8Array>,
  options: CaptureReaderOptions = {},
): CaptureReader {
  return new CaptureReader(new ChunkSource(chunks), options.name ?? 'capture', options);
}

class FileSource implements ByteSource {
  readonly #file: FileHandle;
  readonly #name: string;
  #bytesRead = 0;

  constructor(file: FileHandle, name: string) {
    this.#file = file;
    this.#name = name;
  }

  async read(room: Uint8Array): Promise<number> {
    try {
      const { bytesRead } = await this.#file.read(room, 0, room.length, null);
      this.#bytesRead += bytesRead;
      return bytesRead;
    } catch (error) {
      throw systemFault(this.#name, error, { offset: this.#bytesRead });
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

class ChunkSource implements ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async read(room: Uint8Array): Promise<number> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return 0;
      this.#chunk = value;
    }
    const part = this.#chunk.subarray(0, room.length);
    room.set(part);
    this.#chunk = this.#chunk.subarray(part.length);
    return part.length;
  }

  async close(): Promise<void> {
    this.#chunk = new Uint8Array(0);
    await this.#chunks.return?.();
  }
}
