import type { Burst } from '../core/burst.ts';
import { parseMac } from '../core/mac.ts';
import type { Pool } from '../core/pool.ts';
import { EtherType, headerBytes, typeOffset, write as writeEthernet } from '../net/ethernet.ts';
import { tagBytes, write as writeTag } from '../net/vlan.ts';

// In a probe's payload, after its header and tag: a mark, its number, when it was to leave, and when it did, in nanoseconds.
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

  /**
   * @param source MAC addresses, as the destination.
   * @param tag Of a VLAN, of 16 bits.
   */
  constructor(pool: Pool, source: string, destination: string, tag?: number) {
    const { bytes } = pool;
    this.#bytes = bytes;
    this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#header = headerOf(source, destination, tag);
  }

  write(position: number, number: number, intendedNs: number): void {
    const bytes = this.#bytes;
    const header = this.#header;
    for (let at = 0; at < header.length; at++) bytes[position + at] = header[at]!;
    const untagged = position + this.#shiftAt(position);
    this.#data.setUint32(untagged + markAt, mark);
    this.#data.setFloat64(untagged + numberAt, number);
    this.#data.setFloat64(untagged + intendedAt, intendedNs);
  }

  /** By how much a tag moves the payload: devices on the way may strip it. */
  #shiftAt(position: number): number {
    return this.#data.getUint16(position + typeOffset) === EtherType.vlan ? tagBytes : 0;
  }

  stamp(position: number, departureNs: number): void {
    this.#data.setFloat64(position + this.#shiftAt(position) + departureAt, departureNs);
  }

  isProbe(burst: Burst, i: number): boolean {
    const position = burst.position(i);
    const shift = this.#shiftAt(position);
    return (
      burst.lengths[i]! >= leastProbeBytes + shift && this.#data.getUint32(position + shift + markAt) === mark
    );
  }

  number(position: number): number {
    return this.#data.getFloat64(position + this.#shiftAt(position) + numberAt);
  }

  intendedNs(position: number): number {
    return this.#data.getFloat64(position + this.#shiftAt(position) + intendedAt);
  }

  departureNs(position: number): number {
    return this.#data.getFloat64(position + this.#shiftAt(position) + departureAt);
  }
}

function headerOf(source: string, destination: string, tag: number | undefined): Uint8Array {
  const header = new Uint8Array(headerBytes + (tag === undefined ? 0 : tagBytes));
  const { vlan, experimental } = EtherType;
  const type = tag === undefined ? experimental : vlan;
  const end = writeEthernet(header, 0, parseMac(destination), parseMac(source), type);
  if (tag !== undefined) writeTag(header, end, tag, experimental);
  return header;
}
