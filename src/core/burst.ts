import { bytesIn, checkCount, checkInternal, type internal } from './check.ts';
import { checkMemory, describe, invalidArgument } from './errors.ts';
import { addon, CallSlot, call, refusal } from './native.ts';

// Constants of this module, which V8 compiles in: see queues.ts.
const { releaseBurst, allocateFrames } = addon;
const callBlock = call;
const callSlot = CallSlot;
const checkNumber = checkCount;

const headerBytes = 64;

/**
 * What {@link Burst.statuses} says of a received frame. Of a checksum that is neither good nor bad nothing is known: the
 * device did not check it.
 */
export const RxFlag = {
  /** A VLAN tag was stripped; its TCI is in bits 31:16 of the status. */
  vlan: 1 << 0,
  ipChecksumGood: 1 << 1,
  ipChecksumBad: 1 << 2,
  l4ChecksumGood: 1 << 3,
  l4ChecksumBad: 1 << 4,
  /** Sent by another function of the same NIC. */
  loopback: 1 << 5,
  ipv4: 1 << 8,
  ipv6: 1 << 9,
  tcp: 1 << 10,
  udp: 1 << 11,
  sctp: 1 << 12,
} as const;

/** What a burst knows of its {@link Pool}: the memory that its frames are in. */
export interface PacketMemory {
  /**
   * The whole memory. The frame of a burst's entry `i` starts at `burst.position(i)`: the cheapest way to look at
   * frames. Once the pool is closed it reads as zeros, and what is written to it is lost.
   */
  readonly bytes: Uint8Array;
  /** Whether the pool is closed in this thread. */
  readonly closed: boolean;
  /** Bytes from one buffer to the next in {@link bytes}. */
  readonly stride: number;
  /** Bytes before a received frame, free for headers to be put in front. */
  readonly headroom: number;
  /** Bytes that a frame can have. */
  readonly dataRoom: number;
  /**
   * Buffer `index` as a Node Buffer of headroom and frame room, made when first asked for and the same ever after.
   *
   * @throws {PmdError} `ERR_PMD_CLOSED` once the pool is closed. A view from before then reads as zeros.
   */
  view(index: number): Buffer;
}

/**
 * A list of frames, filled by `rx.receive`, emptied by `tx.send` or {@link release}: made once, used for ever. Entry `i`
 * of each array belongs to frame `i`; entries from {@link count} on mean nothing.
 *
 * A frame in a burst is the application's until it is sent or released. The arrays are native memory and may be
 * written: change `offsets[i]` and `lengths[i]` to cut or grow a frame within its buffer. Whatever is written there is
 * checked when it is used, and a wrong entry is an error that names it.
 */
export class Burst {
  // Declared and not defined, which would write undefined to them first: V8 treats a field that is written once as a constant, and
  // need not check for each frame that it holds a Uint32Array (docs/performance.md). The constructor must assign all of them: the
  // compiler does not look. Private fields can't be declared.
  /** The {@link Pool} that made the burst. */
  declare readonly pool: PacketMemory;
  declare readonly capacity: number;
  /** Bytes from one buffer of the pool to the next. */
  declare readonly stride: number;
  /** The buffer of each frame. */
  declare readonly indices: Uint32Array;
  /** What the device said of each received frame: {@link RxFlag}. Not looked at when sending. */
  declare readonly statuses: Uint32Array;
  /** Bytes of each frame, without FCS. */
  declare readonly lengths: Uint16Array;
  /** Where each frame begins in its buffer. */
  declare readonly offsets: Uint16Array;
  readonly #handle: number;
  readonly #header: Uint32Array;
  readonly #timestamp: Float64Array | undefined;

  /** @internal */
  constructor(
    key: typeof internal,
    pool: PacketMemory,
    native: { handle: number; block: ArrayBuffer },
    capacity: number,
    timestamps: boolean,
  ) {
    checkInternal(key, 'a burst', 'use pool.createBurst()');
    const { block, handle } = native;
    this.pool = pool;
    this.capacity = capacity;
    this.stride = pool.stride;
    this.#handle = handle;
    this.#header = new Uint32Array(block, 0, 2);
    this.#timestamp = timestamps ? new Float64Array(block, 8, 1) : undefined;
    this.indices = new Uint32Array(block, headerBytes, capacity);
    this.statuses = new Uint32Array(block, headerBytes + 4 * capacity, capacity);
    this.lengths = new Uint16Array(block, headerBytes + 8 * capacity, capacity);
    this.offsets = new Uint16Array(block, headerBytes + 10 * capacity, capacity);
  }

  /** @internal */
  static handleOf(burst: Burst): number {
    try {
      // Throws by itself: asking first costs a nanosecond of each call. Without "| 0" V8 converts the number to a double and back.
      return burst.#handle | 0;
    } catch {
      throw invalidArgument(`${describe(burst)} is not a burst`, 'pass what pool.createBurst() returned');
    }
  }

  /** Frames in the burst. */
  get count(): number {
    // What is in the header may be anything: its memory can be written to, and moved away.
    const count = this.#header[0]! >>> 0;
    return count > this.capacity ? this.capacity : count;
  }

  /**
   * When frames were last received into the burst: CLOCK_MONOTONIC in nanoseconds, as `process.hrtime()` counts.
   *
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` unless the burst was made with `timestamps: true`.
   */
  get timestampNs(): number {
    if (this.#timestamp === undefined) {
      throw invalidArgument(
        'this burst has no timestamps',
        'make it with createBurst(n, { timestamps: true })',
      );
    }
    return this.#timestamp[0]!;
  }

  /** Where frame `i` begins in `pool.bytes`. */
  position(i: number): number {
    if (typeof i !== 'number') this.#checkEntry(i); // V8 knows, and compiles nothing of it
    return this.indices[i]! * this.stride + this.offsets[i]!;
  }

  /**
   * The whole buffer of frame `i`, headroom included: the frame is at `offsets[i]`, `lengths[i]` long. Allocates nothing
   * after the first time.
   */
  view(i: number): Buffer {
    if (typeof i !== 'number') this.#checkEntry(i);
    return this.pool.view(this.indices[i]!);
  }

  /** Frame `i` as a Buffer of exactly its length: convenient, and an allocation each time. */
  frame(i: number): Buffer {
    this.#checkEntry(i);
    const offset = this.offsets[i]!;
    const view = this.view(i);
    checkMemory(view);
    return view.subarray(offset, offset + this.lengths[i]!);
  }

  #checkEntry(i: number): void {
    if (!(Number.isInteger(i) && i >= 0 && i < this.count)) {
      throw invalidArgument(`entry ${describe(i)} of a burst of ${this.count} frames`, 'use 0 to count - 1');
    }
  }

  /**
   * Appends up to `wanted` empty frames, length 0, to be filled and sent. Returns how many, less when the burst or the
   * pool has no more.
   */
  allocate(wanted: number = this.capacity): number {
    checkNumber('wanted', wanted);
    callBlock[callSlot.burst] = this.#handle;
    callBlock[callSlot.count] = wanted;
    allocateFrames();
    const result = callBlock[callSlot.result]!;
    if (result < 0) throw refusal(result, this);
    return result;
  }

  /** Appends a copy of `data` as a frame. False when the burst or the pool is full. */
  append(data: Uint8Array): boolean {
    const length = bytesIn(data);
    if (length === undefined || length > this.pool.dataRoom) {
      throw invalidArgument(
        length === undefined ? `${describe(data)} is not a frame` : `a frame of ${length} bytes`,
        `pass a Uint8Array of at most ${this.pool.dataRoom} bytes`,
      );
    }
    const i = this.count;
    if (this.allocate(1) === 0) return false;
    try {
      this.#fill(i, data);
    } catch (error) {
      this.release(i);
      throw error;
    }
    this.lengths[i] = length;
    return true;
  }

  /** Copies `data` to where frame `i` begins, and nowhere else: shared memory may have grown since its length was checked. */
  #fill(i: number, data: Uint8Array): void {
    const view = this.view(i);
    checkMemory(view);
    try {
      view.set(data, this.offsets[i]!);
    } catch {
      throw invalidArgument(
        'the frame grew while it was copied',
        'let no other thread resize its memory meanwhile',
      );
    }
  }

  /**
   * Gives the frames from entry `first` on back to the pool; their views are not to be used any more.
   *
   * @throws {PmdError} `ERR_PMD_NOT_OWNER` when an entry is not the application's to give: then none was released.
   */
  release(first = 0): void {
    checkNumber('first', first);
    callBlock[callSlot.burst] = this.#handle;
    callBlock[callSlot.count] = first;
    releaseBurst();
    const result = callBlock[callSlot.result]!;
    if (result < 0) throw refusal(result, this);
  }

  /** Keeps the frames for which `keep` returns true, in order, and releases the others. */
  filter(keep: (burst: this, i: number) => boolean): void {
    if (typeof keep !== 'function') {
      throw invalidArgument(
        `keep is ${describe(keep)}, not a function`,
        'pass one that returns true for the frames to keep: (burst, i) => burst.lengths[i] > 60',
      );
    }
    const { count } = this;
    let kept = 0;
    for (let i = 0; i < count; i++) if (keep(this, i)) this.#swap(i, kept++);
    this.release(kept);
  }

  #swap(a: number, b: number): void {
    if (a === b) return;
    for (const array of [this.indices, this.statuses, this.lengths, this.offsets]) {
      const value = array[a]!;
      array[a] = array[b]!;
      array[b] = value;
    }
  }
}
