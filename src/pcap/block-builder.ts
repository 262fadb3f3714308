import { padded } from './options.ts';

const two32 = 2 ** 32;

/** Puts a pcapng block together, little-endian: for blocks that are written once in a while. */
export class BlockBuilder {
  readonly #type: number;
  readonly #parts: Uint8Array[] = [];
  #hasOptions = false;

  constructor(type: number) {
    this.#type = type;
  }

  /** Appends fixed fields. */
  words(...values: readonly number[]): this {
    for (const value of values) this.#parts.push(word(value));
    return this;
  }

  option(code: number, value: Uint8Array): this {
    const bytes = new Uint8Array(4 + padded(value.length));
    const view = new DataView(bytes.buffer);
    view.setUint16(0, code, true);
    view.setUint16(2, value.length, true);
    bytes.set(value, 4);
    this.#parts.push(bytes);
    this.#hasOptions = true;
    return this;
  }

  /** An option of text, unless there is none. */
  text(code: number, value: string | undefined): this {
    return value === undefined || value === '' ? this : this.option(code, new TextEncoder().encode(value));
  }

  /** An option of 64 bits, unless the value is not known. */
  count(code: number, value: number | null | undefined): this {
    if (value === null || value === undefined) return this;
    return this.option(code, join([word(value % two32), word(Math.floor(value / two32))]));
  }

  /** An option of 64 bits that has its upper half first, as times have. */
  halves(code: number, high: number, low: number): this {
    return this.option(code, join([word(high), word(low)]));
  }

  build(): Uint8Array {
    const parts = this.#hasOptions ? [...this.#parts, word(0)] : this.#parts;
    const body = join(parts);
    const length = word(12 + body.length);
    return join([word(this.#type), length, body, length]);
  }
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
