import type { NativeRawDevice } from '../addon.ts';
import { plainCommand, reportStatus, rxDone, rxGood, rxWhole, txDone, txLengthShift } from './descriptors.ts';

const wordsPerDescriptor = 4;
const reportEvery = 32;

/**
 * A ring driver in JavaScript as one would write it for speed: descriptors through one Uint32Array, buffers as numbers,
 * no object, no allocation, no call into C++. It leaves out what our driver does besides: ownership of buffers is not
 * checked, there is no gate, no other thread, and frames are sent as they came.
 */
export class TypedArrayDriver {
  readonly bytes: Uint8Array;
  rxPackets = 0;
  rxBytes = 0;
  txPackets = 0;
  txBytes = 0;
  readonly #words: Uint32Array;
  readonly #doorbells: Uint32Array;
  readonly #baseLow: number;
  readonly #baseHigh: number;
  readonly #mask: number;
  readonly #txWords: number;
  /** Where the frame of each slot lies in the region. */
  readonly #rxPositions: Uint32Array;
  readonly #txPositions: Uint32Array;
  readonly #free: Uint32Array;
  readonly #reports: Uint32Array;
  #freeCount = 0;
  #rxNext = 0;
  #txNext = 0;
  #txClean = 0;
  #reportHead = 0;
  #reportTail = 0;

  constructor(device: NativeRawDevice, ring: number) {
    this.bytes = new Uint8Array(device.region);
    this.#words = new Uint32Array(device.region, 0, 2 * ring * wordsPerDescriptor);
    this.#doorbells = new Uint32Array(device.doorbells);
    this.#baseHigh = Math.floor(device.base / 2 ** 32);
    this.#baseLow = device.base % 2 ** 32;
    if (this.#baseLow + device.region.byteLength >= 2 ** 32) throw new Error('the region crosses 4 GiB');
    this.#mask = ring - 1;
    this.#txWords = ring * wordsPerDescriptor;
    const position = (buffer: number) => device.buffersOffset + buffer * device.stride + device.frameOffset;
    this.#rxPositions = Uint32Array.from({ length: ring }, (_, slot) => position(slot));
    this.#txPositions = new Uint32Array(ring);
    this.#free = new Uint32Array(2 * ring);
    this.#reports = new Uint32Array(ring);
    for (let spare = 0; spare < ring; spare++) this.#free[this.#freeCount++] = position(ring + spare);
  }

  /** Fills both arrays with frames that have arrived; returns how many. */
  receive(positions: Uint32Array, lengths: Uint32Array, max: number): number {
    const words = this.#words;
    const rxPositions = this.#rxPositions;
    const free = this.#free;
    const mask = this.#mask;
    const baseLow = this.#baseLow;
    const baseHigh = this.#baseHigh;
    let slot = this.#rxNext;
    let freeCount = this.#freeCount;
    const most = Math.min(max, freeCount);
    let count = 0;
    let bytes = 0;
    while (count < most) {
      const at = slot * wordsPerDescriptor;
      const status = words[at + 2]!;
      if ((status & rxDone) === 0) break;
      const length = words[at + 3]! & 0xffff;
      let position = rxPositions[slot]!;
      if ((status & rxWhole) === rxGood && length > 0 && length <= 2048) {
        positions[count] = position;
        lengths[count] = length;
        bytes += length;
        count++;
        position = free[--freeCount]!;
        rxPositions[slot] = position;
      }
      words[at] = baseLow + position;
      words[at + 1] = baseHigh;
      words[at + 2] = 0;
      words[at + 3] = 0;
      slot = (slot + 1) & mask;
    }
    if (slot !== this.#rxNext) {
      this.#doorbells[0] = (slot - 1) & mask;
      this.#rxNext = slot;
      this.#freeCount = freeCount;
      this.rxPackets += count;
      this.rxBytes += bytes;
    }
    return count;
  }

  /** Sends frames from the front of both arrays; returns how many. */
  send(positions: Uint32Array, lengths: Uint32Array, count: number): number {
    this.#reclaim();
    const words = this.#words;
    const txPositions = this.#txPositions;
    const mask = this.#mask;
    const baseLow = this.#baseLow;
    const baseHigh = this.#baseHigh;
    const txWords = this.#txWords;
    const room = mask - ((this.#txNext - this.#txClean) & mask);
    const most = Math.min(count, room);
    let slot = this.#txNext;
    let bytes = 0;
    for (let i = 0; i < most; i++) {
      const position = positions[i]!;
      const length = lengths[i]!;
      const at = txWords + slot * wordsPerDescriptor;
      let command = plainCommand | length;
      if (i === most - 1 || i % reportEvery === reportEvery - 1) {
        command |= reportStatus;
        this.#reports[this.#reportTail++ & mask] = slot;
      }
      words[at] = baseLow + position;
      words[at + 1] = baseHigh;
      words[at + 2] = command;
      words[at + 3] = length << txLengthShift;
      txPositions[slot] = position;
      bytes += length;
      slot = (slot + 1) & mask;
    }
    if (most > 0) {
      this.#txNext = slot;
      this.#doorbells[1] = slot;
      this.txPackets += most;
      this.txBytes += bytes;
    }
    return most;
  }

  #reclaim(): void {
    const words = this.#words;
    const txPositions = this.#txPositions;
    const free = this.#free;
    const mask = this.#mask;
    while (this.#reportHead !== this.#reportTail) {
      const reported = this.#reports[this.#reportHead & mask]!;
      if ((words[this.#txWords + reported * wordsPerDescriptor + 3]! & txDone) === 0) return;
      this.#reportHead++;
      const end = (reported + 1) & mask;
      let slot = this.#txClean;
      let freeCount = this.#freeCount;
      while (slot !== end) {
        free[freeCount++] = txPositions[slot]!;
        slot = (slot + 1) & mask;
      }
      this.#txClean = slot;
      this.#freeCount = freeCount;
    }
  }
}
