import { type FileHandle, open } from 'node:fs/promises';
import { bytesIn, viewOf } from '../core/check.ts';
import { describe, invalidArgument } from '../core/errors.ts';
import { type CaptureFileError, systemFault } from './capture-file-error.ts';

/** Where the bytes of a capture come from. */
export interface ByteSource {
  /** What errors call it. */
  readonly name: string;
  /** Why it ended too early; known once `read` has returned 0. */
  readonly fault?: CaptureFileError | undefined;
  /** Writes into the beginning of `room`, and says how many bytes: 0 at the end. */
  read(room: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** A file, or anything else with a path that can be read. */
export class FileSource implements ByteSource {
  readonly name: string;
  readonly #file: FileHandle;
  #bytesRead = 0;

  private constructor(file: FileHandle, name: string) {
    this.#file = file;
    this.name = name;
  }

  /** @throws {CaptureFileError} when it can't be opened. */
  static async open(path: string, name: string): Promise<FileSource> {
    const file = await open(path, 'r').catch((error: unknown) => {
      throw systemFault(name, error, {});
    });
    return new FileSource(file, name);
  }

  async read(room: Uint8Array): Promise<number> {
    try {
      const { bytesRead } = await this.#file.read(room, 0, room.length, null);
      this.#bytesRead += bytesRead;
      return bytesRead;
    } catch (error) {
      throw systemFault(this.name, error, { offset: this.#bytesRead });
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Chunks as they come. */
export class ChunkSource implements ByteSource {
  readonly name: string;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>, name: string) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.name = name;
  }

  async read(room: Uint8Array): Promise<number> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return 0;
      if (bytesIn(value) === undefined)
        throw invalidArgument(`a chunk of ${this.name} is ${describe(value)}`, 'give each as a Uint8Array');
      const { buffer, byteOffset, length } = viewOf(value);
      this.#chunk = new Uint8Array(buffer, byteOffset, length);
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
