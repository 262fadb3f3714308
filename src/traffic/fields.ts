import { sum32 } from '../net/checksum.ts';
import { put16, put32 } from '../net/words.ts';

/** What of a header can be set. */
export const fieldNames = [
  'src-mac',
  'dst-mac',
  'vlan',
  'src-ip',
  'dst-ip',
  'ttl',
  'src-port',
  'dst-port',
] as const;
export type FieldName = (typeof fieldNames)[number];

/** The values of a field: one, or each of a range in turn, or any of the range. */
export interface Field {
  name: FieldName;
  /** All bytes of the first value. */
  first: Uint8Array;
  /** Values, 1 to 2^32: only the last four bytes count up. */
  count: number;
  random: boolean;
}

/** Where the last bytes of a field lie, those that vary, and which checksums they are in. */
export interface FieldPlace {
  offset: number;
  width: 1 | 2 | 4;
  /** Of the whole field. */
  bytes: number;
  inIp: boolean;
  inL4: boolean;
}

/** Writes a field's next value into frame after frame. Allocates nothing: values are 32 bits, and may be negative. */
export class VaryingField {
  readonly inIp: boolean;
  readonly inL4: boolean;
  readonly #offset: number;
  readonly #width: number;
  readonly #first: number;
  readonly #count: number;
  readonly #last: number;
  readonly #random: boolean;
  readonly #salt: number;
  #step = 0;

  constructor({ first, count, random }: Field, { offset, width, inIp, inL4 }: FieldPlace, salt: number) {
    this.inIp = inIp;
    this.inL4 = inL4;
    this.#offset = offset;
    this.#width = width;
    this.#first = first.subarray(first.length - width).reduce((value, byte) => (value << 8) | byte, 0);
    this.#count = count;
    this.#last = (count - 1) | 0;
    this.#random = random;
    this.#salt = salt | 0;
  }

  /** The next value is the first one again. */
  restart(): void {
    this.#step = 0;
  }

  /** Writes the value for `flow` into the frame at `position`. Returns what it adds to a sum of 16-bit words. */
  write(bytes: Uint8Array, position: number, flow: number): number {
    const value = (this.#first + (this.#random ? this.#draw(flow) : this.#next())) | 0;
    const at = position + this.#offset;
    if (this.#width === 4) {
      put32(bytes, at, value);
      return sum32(value);
    }
    if (this.#width === 2) {
      put16(bytes, at, value);
      return value & 0xffff;
    }
    bytes[at] = value;
    return (this.#offset & 1) === 0 ? (value & 0xff) << 8 : value & 0xff;
  }

  #next(): number {
    const step = this.#step;
    this.#step = step === this.#last ? 0 : (step + 1) | 0;
    return step;
  }

  /** The same for the same flow and seed: no state to be kept, whatever the number of flows. */
  #draw(flow: number): number {
    return Math.floor((scramble(flow ^ this.#salt) / 2 ** 32) * this.#count) | 0;
  }
}

/** Spreads 32 bits evenly over 32 bits: the last steps of MurmurHash3. */
export function scramble(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
