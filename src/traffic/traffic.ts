import type { Burst } from '../core/burst.ts';
import { monotonicNs } from '../core/clock.ts';
import { PmdError } from '../core/errors.ts';
import type { Pool } from '../core/pool.ts';
import { checksumOf, sum32, sumWords } from '../net/checksum.ts';
import { maxFrameBytes } from '../net/ethernet.ts';
import { tagBytes } from '../net/vlan.ts';
import { get32, put16, put32 } from '../net/words.ts';
import { type Field, type FieldName, VaryingField } from './fields.ts';
import { FrameMatcher } from './frame-matcher.ts';
import { buildHeader, type HeaderLayout, layoutOf, placeOf, type TemplateName } from './header.ts';
import { largestOf, type Sizes, sequenceOf, smallestOf } from './sizes.ts';

/** What the frames of a stream are, beside their sizes. */
export interface FrameSpec {
  template: TemplateName;
  fields: readonly Field[];
  /** Combinations of the fields' values, which frames have in turn; undefined: each frame has values of its own. */
  flows?: number | undefined;
  /** Of fields that are drawn. */
  seed: number;
}

/** What a stream consists of. Frame n is the same in every run with the same specification, but for the time in it. */
export interface TrafficSpec extends FrameSpec {
  sizes: Sizes;
  /** Whether frames have right checksums; default true. */
  checksums?: boolean;
}

const sequenceBytes = 8;
const timestampBytes = 8;
const flowFields: readonly FieldName[] = ['src-port', 'src-ip', 'src-mac'];

/** Refuses what can't be sent as it is specified, in frames of at most `longest` bytes and a tag, before a port is opened. */
export function checkTraffic({ template, sizes, fields }: TrafficSpec, longest = maxFrameBytes): void {
  const layout = layoutOf(template, hasTag(fields));
  for (const { name, first } of fields) {
    const bytes = placeOf(layout, name)?.bytes;
    if (bytes !== first.length)
      throw refusal(`frames of template '${template}' have no such ${name}`, 'use another template or value');
  }
  const most = longest + (layout.vlan ? tagBytes : 0);
  if (largestOf(sizes) > most)
    throw refusal(`a frame of ${largestOf(sizes) + 4} bytes with FCS is too long`, `use ${most + 4} at most`);
  if (smallestOf(sizes) < layout.payloadAt) {
    throw refusal(
      `a frame of ${smallestOf(sizes) + 4} bytes with FCS is too short for '${template}'`,
      `use ${layout.payloadAt + 4} at least`,
    );
  }
}

function refusal(message: string, hint: string): PmdError {
  return new PmdError('ERR_PMD_INVALID_ARGUMENT', message, { hint });
}

function hasTag(fields: readonly Field[]): boolean {
  return fields.some(({ name }) => name === 'vlan');
}

/** The fields that vary. Flows that nothing tells apart get a field that does. */
function varyingFields({ fields, flows = 1 }: FrameSpec, layout: HeaderLayout, header: Uint8Array): Field[] {
  const varying = fields.filter(({ count }) => count > 1);
  if (flows === 1 || varying.length > 0) return varying;
  const name = flowFields.find((name) => {
    const place = placeOf(layout, name);
    return place !== null && flows <= (place.width === 2 ? 2 ** 15 : 2 ** 32);
  })!;
  const { offset, width } = placeOf(layout, name)!;
  // From a round value on, so that counting up carries into nothing else.
  const first = header.slice(offset, offset + width).fill(0, width >> 1);
  return [{ name, first, count: flows, random: false }];
}

/**
 * Makes the frames of one port's stream: a header and a payload that are there already, and what differs between frames. Its
 * payload begins with the frame's number and the time it was made at, as far as they fit. Allocates nothing.
 */
export class Traffic {
  /** Of all sizes in turn. */
  readonly sizes: Uint16Array;
  readonly #clock: () => number;
  readonly #layout: HeaderLayout;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #header: Uint32Array;
  readonly #payload: Uint8Array;
  /** Of the payload's first n bytes, as a checksum adds them. */
  readonly #payloadSums: Uint32Array;
  /** Of each buffer, whether it holds the payload. */
  readonly #prepared: Uint8Array;
  readonly #varying: readonly VaryingField[];
  readonly #flows: number;
  readonly #ipSum: number;
  readonly #l4Sum: number;
  readonly #fillsChecksums: boolean;
  readonly #matcher: FrameMatcher;
  #nextSize = 0;
  #flow = 0;
  #numberHigh = 0;
  #numberLow = 0;

  /** @param clock Nanoseconds, of what frames say that they were made at. */
  constructor(
    pool: Pool,
    spec: TrafficSpec,
    addresses: { source: Uint8Array; destination: Uint8Array },
    clock: () => number = monotonicNs,
  ) {
    const longest = Math.max(largestOf(spec.sizes), maxFrameBytes);
    checkTraffic(spec, longest);
    this.#fillsChecksums = spec.checksums ?? true;
    this.#clock = clock;
    const layout = layoutOf(spec.template, hasTag(spec.fields));
    const header = buildHeader(layout, addresses, spec.fields);
    const varying = varyingFields(spec, layout, header);
    const places = varying.map(({ name }) => placeOf(layout, name)!);
    this.sizes = sequenceOf(spec.sizes);
    this.#layout = layout;
    this.#bytes = pool.bytes;
    this.#words = new Uint32Array(pool.bytes.buffer, pool.bytes.byteOffset, pool.bytes.byteLength >> 2);
    this.#varying = varying.map(
      (field, i) => new VaryingField(field, places[i]!, spec.seed + i * 0x9e3779b9),
    );
    this.#flows = spec.flows ?? 0;
    this.#matcher = new FrameMatcher(layout, header, places);
    for (const { offset, width } of places) header.fill(0, offset, offset + width);
    this.#ipSum = layout.ip === 4 ? sumWords(header, layout.l3At, layout.l4At) : 0;
    this.#l4Sum = layout.l4 === null ? 0 : l4Sum(layout, header);
    this.#payload = payloadOf(longest + tagBytes - layout.payloadAt);
    this.#payloadSums = prefixSums(this.#payload);
    this.#header = asWords(header, this.#payload);
    this.#prepared = new Uint8Array(pool.buffers);
  }

  /** Writes the next frames into entries of the burst. */
  fill(burst: Burst, first: number, end: number): void {
    const nowNs = this.#clock();
    const timeHigh = Math.floor(nowNs / 2 ** 32) | 0;
    const timeLow = nowNs | 0;
    for (let i = first; i < end; i++) {
      const length = this.#nextFrameSize();
      burst.lengths[i] = length;
      this.#write(burst.indices[i]!, burst.position(i), length, timeHigh, timeLow);
    }
  }

  /** Whether a received frame is of this stream, as far as its header tells, whatever a device on its way changed of it. */
  matches(burst: Burst, i: number): boolean {
    return this.#matcher.matches(this.#bytes, burst.position(i), burst.lengths[i]!);
  }

  /** The number of the frame that is made next: its low 32 bits. */
  get nextNumber(): number {
    return this.#numberLow;
  }

  /** Whether a received frame of this stream was made since that number was the next, as far as it has room to say. */
  isSince(burst: Burst, i: number, number: number): boolean {
    const { payloadAt, vlan } = this.#layout;
    const position = burst.position(i);
    const isTagStripped = vlan && this.#bytes[position + 12] !== 0x81;
    const at = isTagStripped ? payloadAt - tagBytes : payloadAt;
    if (burst.lengths[i]! < at + sequenceBytes) return true;
    const own = get32(this.#bytes, position + at + 4);
    return ((own - number) | 0) >= 0 && ((own - this.#numberLow) | 0) < 0;
  }

  /** Says that a buffer was received into, so that it may hold anything now. */
  forget(buffer: number): void {
    this.#prepared[buffer] = 0;
  }

  #nextFrameSize(): number {
    const next = this.#nextSize;
    this.#nextSize = next + 1 === this.sizes.length ? 0 : next + 1;
    return this.sizes[next]!;
  }

  #write(buffer: number, position: number, length: number, timeHigh: number, timeLow: number): void {
    const { l3At, l4At, payloadAt, ip, l4 } = this.#layout;
    const bytes = this.#bytes;
    const words = this.#words;
    const header = this.#header;
    if (this.#prepared[buffer] === 0) {
      bytes.set(this.#payload, position + payloadAt);
      this.#prepared[buffer] = 1;
    }
    // A buffer is at a multiple of 64 bytes, and its headroom, which an empty frame begins after, too.
    for (let at = 0; at < header.length; at++) words[(position >>> 2) + at] = header[at]!;
    let ipSum = this.#ipSum;
    let l4Sum = this.#l4Sum;
    if (this.#flows !== 0 && this.#flow === this.#flows) this.#restartFlows();
    for (const field of this.#varying) {
      const added = field.write(bytes, position, this.#flow);
      if (field.inIp) ipSum += added;
      if (field.inL4) l4Sum += added;
    }
    this.#flow = (this.#flow + 1) | 0;
    if (ip === 4) {
      const ipLength = length - l3At;
      put16(bytes, position + l3At + 2, ipLength);
      if (this.#fillsChecksums) put16(bytes, position + l3At + 10, checksumOf(ipSum + ipLength));
    } else if (ip === 6) {
      put16(bytes, position + l3At + 4, length - l4At);
    }
    const stamped = this.#stamp(position, length, timeHigh, timeLow);
    if (l4 === null) return;
    const l4Length = length - l4At;
    l4Sum += stamped + l4Length + this.#payloadSums[length - payloadAt]!;
    if (l4 === 'udp') {
      put16(bytes, position + l4At + 4, l4Length);
      const sum = this.#fillsChecksums ? checksumOf(l4Sum + l4Length) : 0;
      put16(bytes, position + l4At + 6, sum || 0xffff); // 0 would mean none
    } else if (this.#fillsChecksums) {
      put16(bytes, position + l4At + 16, checksumOf(l4Sum));
    }
  }

  #restartFlows(): void {
    this.#flow = 0;
    for (const field of this.#varying) field.restart();
  }

  /** Writes what differs in the payload, and TCP's sequence number. Returns what it adds to a sum of 16-bit words. */
  #stamp(position: number, length: number, timeHigh: number, timeLow: number): number {
    const { payloadAt, l4At, l4 } = this.#layout;
    const bytes = this.#bytes;
    const high = this.#numberHigh;
    const low = this.#numberLow;
    this.#numberLow = (low + 1) | 0;
    if (this.#numberLow === 0) this.#numberHigh = high + 1;
    const at = position + payloadAt;
    const room = length - payloadAt;
    const isNumbered = room >= sequenceBytes;
    const isTimed = room >= sequenceBytes + timestampBytes;
    // What does not fit is 0 in the buffer, too: the part of it that does is in the checksum.
    return (
      (l4 === 'tcp' ? putSummed(bytes, position + l4At + 4, low) : 0) +
      putSummed(bytes, at, isNumbered ? high : 0) +
      putSummed(bytes, at + 4, isNumbered ? low : 0) +
      putSummed(bytes, at + 8, isTimed ? timeHigh : 0) +
      putSummed(bytes, at + 12, isTimed ? timeLow : 0)
    );
  }
}

/** Returns what the 32 bits add to a sum of 16-bit words. */
function putSummed(bytes: Uint8Array, at: number, value: number): number {
  put32(bytes, at, value);
  return sum32(value);
}

/** Of the header above IP, and of the pseudo header but for its length. */
function l4Sum({ ip, l3At, l4At, payloadAt, l4 }: HeaderLayout, header: Uint8Array): number {
  const addressesAt = l3At + (ip === 6 ? 8 : 12);
  const protocol = l4 === 'udp' ? 17 : 6;
  return sumWords(header, addressesAt, l4At) + protocol + sumWords(header, l4At, payloadAt);
}

/** Counts up after the room for what differs between frames. */
function payloadOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i < sequenceBytes + timestampBytes ? 0 : i & 0xff));
}

function prefixSums(payload: Uint8Array): Uint32Array {
  const sums = new Uint32Array(payload.length + 1);
  for (const [i, byte] of payload.entries()) sums[i + 1] = sums[i]! + ((i & 1) === 0 ? byte << 8 : byte);
  return sums;
}

/** The header as words of memory; the last one has the payload's first bytes behind the header's. */
function asWords(header: Uint8Array, payload: Uint8Array): Uint32Array {
  const padded = new Uint8Array(Math.ceil(header.length / 4) * 4);
  padded.set(header);
  padded.set(payload.subarray(0, padded.length - header.length), header.length);
  return new Uint32Array(padded.buffer);
}
