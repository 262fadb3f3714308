import { viewOf } from '../core/check.ts';

/**
 * Copies frames into one buffer without an allocation. `set(subarray())` is a view per frame, and so many views that the garbage
 * collector pauses for milliseconds; bytes one by one need 2 µs for a full frame, words a quarter of one.
 *
 * Bytes of a word are in little-endian order, as on every platform this package is built for.
 */
export class WordCopier {
  readonly #target: Uint8Array;
  readonly #targetWords: Int32Array;
  #source: Uint8Array | undefined;
  /** The same bytes, whatever properties of its own the source has. */
  #sourceBytes: Uint8Array = new Uint8Array(0);
  #sourceWords: Int32Array = new Int32Array(0);

  /** @param target Begins a buffer. What follows a copy, up to 7 bytes, is overwritten. */
  constructor(target: Uint8Array) {
    this.#target = target;
    this.#targetWords = new Int32Array(target.buffer, 0, target.length >>> 2);
  }

  /** Copies `length` bytes of `source` from `from` on to `to`. Sources that come again and again are the fast ones. */
  copy(source: Uint8Array, from: number, to: number, length: number): void {
    if (source !== this.#source) this.#use(source);
    const count = (length + 3) >>> 2;
    const first = from >>> 2;
    if ((from & 3) !== 0 || first + count > this.#sourceWords.length) {
      this.#target.set(this.#sourceBytes.subarray(from, from + length), to);
    } else if ((to & 3) === 0) {
      this.#copyAligned(first, to >>> 2, count);
    } else {
      this.#copyShifted(first, to, count);
    }
  }

  #use(source: Uint8Array): void {
    const { buffer, byteOffset, length } = viewOf(source);
    this.#source = source;
    this.#sourceBytes = new Uint8Array(buffer, byteOffset, length);
    this.#sourceWords =
      byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, length >>> 2) : new Int32Array(0);
  }

  /** Four at a time: that is twice as fast. */
  #copyAligned(from: number, to: number, count: number): void {
    const source = this.#sourceWords;
    const target = this.#targetWords;
    let i = 0;
    for (; i + 4 <= count; i += 4) {
      target[to + i] = source[from + i]!;
      target[to + i + 1] = source[from + i + 1]!;
      target[to + i + 2] = source[from + i + 2]!;
      target[to + i + 3] = source[from + i + 3]!;
    }
    for (; i < count; i++) target[to + i] = source[from + i]!;
  }

  /** Each word of the target is the end of one of the source's and the beginning of the next. */
  #copyShifted(from: number, toByte: number, count: number): void {
    const source = this.#sourceWords;
    const target = this.#targetWords;
    const up = (toByte & 3) * 8;
    const down = 32 - up;
    const to = toByte >>> 2;
    let carried = target[to]! & ((1 << up) - 1);
    for (let i = 0; i < count; i++) {
      const word = source[from + i]!;
      target[to + i] = carried | (word << up);
      carried = word >>> down;
    }
    target[to + count] = carried;
  }
}
