import type { Burst } from '../core/burst.ts';
import { parseMac } from '../core/mac.ts';
import type { Pool } from '../core/pool.ts';
import { experimentalEtherType, headerBytes, setDestination, setSource } from '../net/ethernet.ts';

// In a probe's payload, after its header: a mark, its number, when it was to leave, and when it did, in nanoseconds.
const markAt = headerBytes + 2;
const numberAt = markAt + 4;
const intendedAt = numberAt + 8;
const departureAt = intendedAt + 8;
const leastProbeBytes = departureAt + 8;
const mark = 0x706d6421;

/** Writes probes into frames, and reads them. */
export class ProbeFrames {
  readonly #bytes: Uint8Array;
  readonly #data: DataView;
  readonly #header: Uint8Array;

  /** @param source MAC addresses, as the destination. */
  constructor(pool: Pool, source: string, destination: string) {
    const { bytes } = pool;
    this.#bytes = bytes;
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#header = headerOf(source, destination);
  }

  write(position: number, number: number, intendedNs: number): void {
    const bytes = this.#bytes;
    for (let at = 0; at < headerBytes; at++) bytes[position + at] = this.#header[at]!;
    this.#data.setUint32(position + markAt, mark);
    this.#data.setFloat64(position + numberAt, number);
    this.#data.setFloat64(position + intendedAt, intendedNs);
  }

  stamp(position: number, departureNs: number): void {
    this.#data.setFloat64(position + departureAt, departureNs);
  }

  isProbe(burst: Burst, i: number): boolean {
    return burst.lengths[i]! >= leastProbeBytes && this.#data.getUint32(burst.position(i) + markAt) === mark;
  }

  number(position: number): number {
    return this.#data.getFloat64(position + numberAt);
  }

  intendedNs(position: number): number {
    return this.#data.getFloat64(position + intendedAt);
  }

  departureNs(position: number): number {
    return this.#data.getFloat64(position + departureAt);
  }
}

function headerOf(source: string, destination: string): Uint8Array {
  const header = new Uint8Array(headerBytes);
  setDestination(header, 0, parseMac(destination));
  setSource(header, 0, parseMac(source));
  header[12] = experimentalEtherType >> 8;
  header[13] = experimentalEtherType & 0xff;
  return header;
}
