/** Numbers that follow from a seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits);
    return ((bits ^ (bits >>> 14)) >>> 0) % bound;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

/** Numbers at the edges of what lengths, counts and types can be. */
const edges = [
  0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 16, 20, 28, 32, 0x7f, 0x80, 0xff, 0x8a, 0xffff, 0x10000, 262_144,
  262_145,
];
const wideEdges = [
  524_288, 0x0a0d0d0a, 0x1a2b3c4d, 0x4d3c2b1a, 0xa1b2c3d4, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff,
  0xbad,
];
const maxFileBytes = 200_000;

/** A file of the corpus with some changes, or a mixture of two. */
export function mutate(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let file: Buffer = Buffer.from(random.pick(corpus));
  for (let changes = 1 + random.below(6); changes > 0; changes--) {
    file = random.pick(mutations)(file, random, corpus).subarray(0, maxFileBytes);
  }
  return file;
}

type Mutation = (file: Buffer, random: Random, corpus: readonly Uint8Array[]) => Buffer;

const mutations: readonly Mutation[] = [
  function flipBit(file, random) {
    if (file.length > 0) file[random.below(file.length)]! ^= 1 << random.below(8);
    return file;
  },
  function setByte(file, random) {
    if (file.length > 0) file[random.below(file.length)] = random.below(256);
    return file;
  },
  function setWord(file, random) {
    if (file.length < 4) return file;
    const value = random.below(4) === 0 ? random.below(2 ** 32) : random.pick([...edges, ...wideEdges]);
    const at = random.below(file.length - 3) & ~3;
    return setNumber(file, at, value, random);
  },
  /** Small changes of what is likely a length. */
  function addToWord(file, random) {
    if (file.length < 4) return file;
    const at = random.below(file.length - 3) & ~3;
    const little = random.below(2) === 0;
    const value = little ? file.readUInt32LE(at) : file.readUInt32BE(at);
    const sum = (value + random.below(17) - 8) >>> 0;
    if (little) file.writeUInt32LE(sum, at);
    else file.writeUInt32BE(sum, at);
    return file;
  },
  function setHalf(file, random) {
    if (file.length < 2) return file;
    const at = random.below(file.length - 1) & ~1;
    const value = random.pick(edges) & 0xffff;
    if (random.below(2) === 0) file.writeUInt16LE(value, at);
    else file.writeUInt16BE(value, at);
    return file;
  },
  function cut(file, random) {
    return file.subarray(0, random.below(file.length + 1));
  },
  function remove(file, random) {
    const [from, to] = stretch(file, random);
    return Buffer.concat([file.subarray(0, from), file.subarray(to)]);
  },
  function repeat(file, random) {
    const [from, to] = stretch(file, random);
    const copies = Array<Buffer>(1 + random.below(5)).fill(file.subarray(from, to));
    return Buffer.concat([file.subarray(0, to), ...copies, file.subarray(to)]);
  },
  function insert(file, random) {
    const at = random.below(file.length + 1);
    const filler = Buffer.alloc(
      random.below(10) === 0 ? random.below(100_000) : random.below(64),
      random.below(256),
    );
    return Buffer.concat([file.subarray(0, at), filler, file.subarray(at)]);
  },
  function splice(file, random, corpus) {
    const other = random.pick(corpus);
    return Buffer.concat([
      file.subarray(0, random.below(file.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  },
];

function setNumber(file: Buffer, at: number, value: number, random: Random): Buffer {
  if (random.below(2) === 0) file.writeUInt32LE(value, at);
  else file.writeUInt32BE(value, at);
  return file;
}

/** Aligned as blocks and records often are. */
function stretch(file: Buffer, random: Random): [from: number, to: number] {
  const from = random.below(file.length + 1) & ~3;
  return [from, Math.min(file.length, from + 4 * random.below(40))];
}
