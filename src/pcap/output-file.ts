import { type FileHandle, open } from 'node:fs/promises';
import { systemFault } from './capture-file-error.ts';
import { WordCopier } from './word-copier.ts';

/** What is written to: a part of FileHandle. */
export interface WritableFile {
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ): Promise<{ bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** One of the two buffers: while one is written out, the other is filled. */
export interface OutputBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly copier: WordCopier;
  used: number;
}

/** Length of the record that begins at `at`. */
export type MeasureRecord = (view: DataView, at: number) => number;

// A copy may write a word or two past its end.
const slackBytes = 16;

/**
 * A file that whole records are appended to. When the disk refuses, the file is cut to its last whole record, so that what has
 * been written is a valid file.
 */
export class OutputFile {
  readonly path: string;
  /** Bytes of whole records that are in the file. */
  goodBytes = 0;
  readonly #file: WritableFile;
  readonly #measureRecord: MeasureRecord;
  readonly #capacity: number;
  #filling: OutputBuffer;
  #spare: OutputBuffer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  constructor(path: string, file: WritableFile, capacity: number, measureRecord: MeasureRecord) {
    this.path = path;
    this.#file = file;
    this.#measureRecord = measureRecord;
    this.#capacity = capacity;
    this.#filling = createBuffer(capacity);
    this.#spare = createBuffer(capacity);
  }

  /**
   * The buffer to append `bytes` to, at its `used`, or undefined while there is no room: then both buffers wait for the disk.
   *
   * @throws {CaptureFileError} when an earlier write failed.
   */
  reserve(bytes: number): OutputBuffer | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#capacity - this.#filling.used >= bytes) return this.#filling;
    if (this.#spare === undefined) return undefined;
    this.#writing = this.#writeOut();
    return this.#filling;
  }

  /** Appends a record that is made as a whole. Waits for room. */
  async append(record: Uint8Array): Promise<void> {
    let buffer = this.reserve(record.length);
    while (buffer === undefined) {
      await this.#writing;
      buffer = this.reserve(record.length);
    }
    buffer.bytes.set(record, buffer.used);
    buffer.used += record.length;
  }

  /** Waits until everything reserved before is in the file. @throws {CaptureFileError} when that fails. */
  async flush(): Promise<void> {
    await this.#writing;
    const idle = this.#failure === undefined && this.#spare !== undefined;
    if (idle && this.#filling.used > 0) this.#writing = this.#writeOut();
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Closes the file, without what was not flushed. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  /** Writes what the file begins with: of any length, and before anything else. @throws {CaptureFileError} */
  async begin(header: Uint8Array): Promise<void> {
    await this.#writeAll(header, header.length, () => 0);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Exchanges the buffers, and writes the filled one. */
  async #writeOut(): Promise<void> {
    const full = this.#filling;
    this.#filling = this.#spare!;
    this.#spare = undefined;
    await this.#writeAll(full.bytes, full.used, (written) => this.#wholeRecords(full, written));
    full.used = 0;
    this.#spare = full;
  }

  /** Never rejects: a failure is kept for whoever comes next. `wholeRecords` says how much of a part is good. */
  async #writeAll(
    bytes: Uint8Array,
    length: number,
    wholeRecords: (written: number) => number,
  ): Promise<void> {
    let written = 0;
    try {
      while (written < length) {
        const { bytesWritten } = await this.#file.write(bytes, written, length - written, null);
        written += bytesWritten;
      }
      this.goodBytes += length;
    } catch (error) {
      this.goodBytes += wholeRecords(written);
      // What is no file on a disk can't be cut, and does not need to be.
      await this.#file.truncate(this.goodBytes).catch(() => undefined);
      this.#failure = systemFault(this.path, error, {
        offset: this.goodBytes,
        hint: `the ${this.goodBytes} bytes before are good`,
      });
    }
  }

  #wholeRecords({ view }: OutputBuffer, written: number): number {
    let at = 0;
    while (at < written) {
      const end = at + this.#measureRecord(view, at);
      if (end > written) break;
      at = end;
    }
    return at;
  }
}

function createBuffer(capacity: number): OutputBuffer {
  const bytes = new Uint8Array(capacity + slackBytes);
  return { bytes, view: new DataView(bytes.buffer), copier: new WordCopier(bytes), used: 0 };
}

/** Creates a file, or empties one. @throws {CaptureFileError} */
export async function createFile(path: string): Promise<FileHandle> {
  return await open(path, 'w').catch((error: unknown): never => {
    throw systemFault(path, error, {});
  });
}
