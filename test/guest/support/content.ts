const longestOffset = 0xffff;
const etherType = 0x88b5; // for local experiments
const headerBytes = 18; // both MACs, the type and the frame's number

export const shortestFrame = 60;
export const longestFrame = 1514;

/** As test/guest/native/peer.c has it: one frame's number makes an independent-looking word. */
function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * What frame `number` of a run is: sender and receiver work it out apart. Its length and where its bytes are cut from
 * seeded noise follow from its number.
 */
export class Content {
  readonly #seed: number;
  readonly #noise: Buffer;

  constructor(seed: number) {
    this.#seed = seed;
    const words = new Uint32Array((longestOffset + 1 + 2048) / 4);
    let word = mix(seed) | 1;
    for (let i = 0; i < words.length; i++) {
      word ^= word << 13;
      word ^= word >>> 17;
      word ^= word << 5;
      words[i] = word;
    }
    this.#noise = Buffer.from(words.buffer);
  }

  length(number: number): number {
    return shortestFrame + (mix(number ^ this.#seed) % (longestFrame - shortestFrame + 1));
  }

  #offset(number: number): number {
    return mix(~number ^ this.#seed) & longestOffset;
  }

  /** Writes frame `number` to `memory` from `at` on; returns its length. */
  write(memory: Buffer, at: number, number: number, addresses: Buffer): number {
    const length = this.length(number);
    addresses.copy(memory, at);
    memory.writeUInt16BE(etherType, at + 12);
    memory.writeUInt32LE(number, at + 14);
    const from = this.#offset(number);
    this.#noise.copy(memory, at + headerBytes, from, from + length - headerBytes);
    return length;
  }

  /** The number of a frame of a run; -1 when it is none. */
  static numberOf(memory: Buffer, at: number): number {
    return memory.readUInt16BE(at + 12) === etherType ? memory.readUInt32LE(at + 14) : -1;
  }

  /** Whether the bytes are those of frame `number`. */
  matches(memory: Buffer, at: number, length: number, number: number): boolean {
    if (length !== this.length(number)) return false;
    const from = this.#offset(number);
    return (
      this.#noise.compare(memory, at + headerBytes, at + length, from, from + length - headerBytes) === 0
    );
  }
}

/** Destination and source, as a frame begins with. */
export function addressBytes(to: string, from: string): Buffer {
  return Buffer.from(`${to}${from}`.replaceAll(':', ''), 'hex');
}
