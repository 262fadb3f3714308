import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type ByteSource, ChunkSource } from './byte-source.ts';
import { CaptureFileError, fileFault } from './capture-file-error.ts';

const gzipMagic = [0x1f, 0x8b] as const;
const packedChunkBytes = 65_536;

/** Another source, unpacked if it is gzip data: then {@link onUnpacking} is told once, with a name for what comes out. */
export class UnpackingSource implements ByteSource {
  readonly name: string;
  readonly #packed: ByteSource;
  readonly #onUnpacking: (name: string) => void;
  #unpacked: ChunkSource | undefined;
  #begun = false;
  #packedBytes = 0;
  #fault: CaptureFileError | undefined;

  constructor(source: ByteSource, onUnpacking: (name: string) => void) {
    this.name = source.name;
    this.#packed = source;
    this.#onUnpacking = onUnpacking;
  }

  get fault(): CaptureFileError | undefined {
    return this.#fault;
  }

  async read(room: Uint8Array): Promise<number> {
    if (!this.#begun) return await this.#begin(room);
    return this.#unpacked === undefined ? await this.#packed.read(room) : await this.#readUnpacked(room);
  }

  /** Chunks may be cut anywhere, also after the first byte. */
  async #begin(room: Uint8Array): Promise<number> {
    let here = 0;
    while (here < gzipMagic.length) {
      const count = await this.#packed.read(room.subarray(here));
      if (count === 0) break;
      here += count;
    }
    this.#begun = true;
    if (gzipMagic.some((byte, i) => i >= here || room[i] !== byte)) return here;
    const unpackedName = `${this.name}, unpacked`;
    this.#onUnpacking(unpackedName);
    const gunzip = createGunzip();
    // What goes wrong comes out of the iterator.
    pipeline(Readable.from(this.#packedChunks(room.slice(0, here))), gunzip, () => undefined);
    this.#unpacked = new ChunkSource(gunzip, unpackedName);
    return await this.#readUnpacked(room);
  }

  async *#packedChunks(head: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#packedBytes = head.length;
    yield head;
    for (;;) {
      const chunk = new Uint8Array(packedChunkBytes);
      const count = await this.#packed.read(chunk);
      if (count === 0) return;
      this.#packedBytes += count;
      yield chunk.subarray(0, count);
    }
  }

  async #readUnpacked(room: Uint8Array): Promise<number> {
    try {
      return await this.#unpacked!.read(room);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined || !code.startsWith('Z_')) throw error;
      if (code !== 'Z_BUF_ERROR') throw this.#corruptData(error as Error);
      this.#fault = fileFault(this.name, this.#packedBytes, {
        found: 'the end of the file',
        expected: 'the rest of its gzip data',
        hint: 'allow truncated files to use what comes before',
      });
      return 0;
    }
  }

  #corruptData({ message }: Error): CaptureFileError {
    return new CaptureFileError(`${this.name}: its gzip data can't be unpacked: ${message}`, {
      offset: this.#packedBytes,
      hint: 'gzip -t checks the file: get it again',
    });
  }

  async close(): Promise<void> {
    await this.#unpacked?.close();
    await this.#packed.close();
  }
}
