import type { Burst, Pool, Port } from '../../src/index.ts';

const headerWords = 4; // Ethernet's 14 bytes and two more
const minLength = 60;
const maxLength = 1514;

/**
 * Frames whose length and every byte follow from a seed and their number: what arrives is checked whole, and a lost,
 * doubled or reordered frame is one with the wrong number. Written and read as 32-bit words, which a frame's place in
 * its buffer allows.
 */
export class NumberedFrames {
  readonly #words: Uint32Array;
  readonly #wordsPerBuffer: number;
  readonly #header: Uint32Array;
  readonly #seed: number;

  constructor(pool: Pool, from: Port, to: Port, seed: number) {
    const { bytes } = pool;
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    this.#wordsPerBuffer = pool.stride / 4;
    this.#seed = seed;
    const mac = (port: Port) => port.mac.split(':').map((byte) => Number.parseInt(byte, 16));
    this.#header = new Uint32Array(Uint8Array.from([...mac(to), ...mac(from), 0x88, 0xb5, 0, 0]).buffer);
  }

  #start(sequence: number): number {
    // Multiplied, so that neighbouring numbers do not begin alike; never 0, where xorshift would stay.
    return Math.imul(sequence + 1, 0x9e3779b1) ^ this.#seed || 1;
  }

  write(burst: Burst, i: number, sequence: number): void {
    const words = this.#words;
    const first = burst.indices[i]! * this.#wordsPerBuffer + burst.offsets[i]! / 4;
    let state = this.#start(sequence);
    const length = lengthOf(state);
    for (let w = 0; w < headerWords; w++) words[first + w] = this.#header[w]!;
    words[first + headerWords] = sequence;
    const end = first + Math.ceil(length / 4);
    for (let w = first + headerWords + 1; w < end; w++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[w] = state;
    }
    burst.lengths[i] = length;
  }

  check(burst: Burst, i: number, sequence: number): void {
    const words = this.#words;
    const first = burst.indices[i]! * this.#wordsPerBuffer + burst.offsets[i]! / 4;
    let state = this.#start(sequence);
    const length = lengthOf(state);
    let wrong = words[first + headerWords]! ^ sequence;
    if (wrong !== 0 || burst.lengths[i] !== length) {
      throw new Error(
        `frame ${words[first + headerWords]} of ${burst.lengths[i]} bytes where ${sequence} of ${length} was due`,
      );
    }
    for (let w = 0; w < headerWords; w++) wrong |= words[first + w]! ^ this.#header[w]!;
    const whole = first + (length >> 2);
    for (let w = first + headerWords + 1; w < whole; w++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      wrong |= words[w]! ^ state;
    }
    if ((length & 3) !== 0) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      wrong |= (words[whole]! ^ state) & ((1 << (8 * (length & 3))) - 1);
    }
    if (wrong !== 0) throw new Error(`frame ${sequence} of ${length} bytes was corrupted`);
  }
}

function lengthOf(state: number): number {
  return minLength + ((state >>> 8) % (maxLength - minLength + 1));
}
