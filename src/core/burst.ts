import {
  type Column,
  copyRun,
  gather,
  missing,
  optionalColumns,
  removeRun,
  swapEntries,
  swapRuns,
} from './burst-columns.ts';
import { appendData, appendFrame, missingTimestamps } from './burst-fill.ts';
import { checkCount, checkInternal, type internal, refuseEntry, refuseFilter } from './check.ts';
import { checkMemory, describe, invalidArgument } from './errors.ts';
import { CallSlot, HeaderWord, Refusal, RxFlag, strides, Verdict } from './layout.ts';
import { addon, call, type NativeBurst, refusal } from './native.ts';
import type { PacketMemory } from './packet-memory.ts';

// Constants of this module, which V8 compiles in: see rx-queue.ts.
const { releaseBurst, allocateFrames } = addon;
const callBlock = call;
const callSlot = CallSlot;
const checkNumber = checkCount;
const smallStride = strides[2048];
const countWord = HeaderWord.count;
/** Instead of a verdict, of a frame that another burst has. */
const gone = 0xffff_ffff;

/**
 * A list of frames, filled by `rx.receive`, emptied by `tx.send` or {@link release}: made once, used for ever. Entry `i`
 * of each array belongs to frame `i`; entries from {@link count} on mean nothing.
 *
 * A frame longer than a buffer takes several entries, one after the other. Such frames come from a port that was opened with
 * `chains`, and from {@link chain}; {@link hasChains} tells. {@link frameEntries} says how many entries a frame takes.
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
  /** The buffer of each frame. */
  declare readonly indices: Uint32Array;
  /** What the device said of each received frame: {@link RxFlag}. Of frames to be sent, {@link RxFlag.more} is looked at. */
  declare readonly statuses: Uint32Array;
  /** Bytes of each frame, without FCS. */
  declare readonly lengths: Uint16Array;
  /** Where each frame begins in its buffer. */
  declare readonly offsets: Uint16Array;
  /** Where the burst is in the `WebAssembly.Memory` of its pool: what a program gets. Undefined of other pools. */
  declare readonly address: number | undefined;
  readonly #handle: number;
  readonly #header: Uint32Array;
  readonly #timestamp: Float64Array | undefined;
  readonly #timestamps: BigUint64Array | undefined;
  readonly #hashes: Uint32Array | undefined;
  readonly #txRequests: Uint32Array | undefined;
  readonly #verdicts: Uint32Array | undefined;
  readonly #segmentSizes: Uint16Array | undefined;
  /** All that a burst can have, in the same order in each, and those that this one has. */
  readonly #places: readonly (Column | undefined)[];
  readonly #columns: readonly Column[];

  /** @internal */
  constructor(
    key: typeof internal,
    pool: PacketMemory,
    native: NativeBurst,
    capacity: number,
    timestamps: boolean,
  ) {
    checkInternal(key, 'a burst', 'use pool.createBurst()');
    const { block, handle, columns, address } = native;
    this.pool = pool;
    this.capacity = capacity;
    this.address = address;
    this.#handle = handle;
    this.#header = new Uint32Array(block, 0, 2);
    this.#timestamp = timestamps ? new Float64Array(block, 8 * HeaderWord.timestamp, 1) : undefined;
    this.indices = new Uint32Array(block, columns.index, capacity);
    this.statuses = new Uint32Array(block, columns.status, capacity);
    this.lengths = new Uint16Array(block, columns.length, capacity);
    this.offsets = new Uint16Array(block, columns.offset, capacity);
    const optional = optionalColumns(native, capacity);
    [this.#timestamps, this.#hashes, this.#txRequests, this.#verdicts, this.#segmentSizes] = optional;
    this.#places = [this.indices, this.statuses, this.lengths, this.offsets, ...optional];
    this.#columns = this.#places.filter((column) => column !== undefined);
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

  /** Sends, by `send`, as many whole frames of the front as `most` entries hold, and keeps those behind. @internal */
  static sendFront(burst: Burst, most: number, send: () => number): number {
    const { count } = burst;
    const end = burst.#endOfFrames(most, count);
    burst.#header[countWord] = end;
    let left = end;
    try {
      const sent = send();
      left -= sent;
      return sent;
    } finally {
      removeRun(burst.#columns, left, end - left, count);
      burst.#header[countWord] = left + count - end;
    }
  }

  /** Where the last frame ends that `most` entries hold whole. */
  #endOfFrames(most: number, count: number): number {
    let end = Math.min(most, count);
    if (this.hasChains && end < count) while (end > 0 && (this.statuses[end - 1]! & RxFlag.more) !== 0) end--;
    return end;
  }

  /** Frames in the burst. */
  get count(): number {
    // The header may hold anything: its memory can be written to, and moved away.
    const count = this.#header[countWord]! >>> 0;
    return count > this.capacity ? this.capacity : count;
  }

  /**
   * When frames were last received into the burst: CLOCK_MONOTONIC in nanoseconds, as `process.hrtime()` counts.
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` unless the burst was made with `timestamps: true`.
   */
  get timestampNs(): number {
    return (this.#timestamp ?? missingTimestamps())[0]!;
  }

  /**
   * When each frame was received: nanoseconds since 1970, by the system's clock. All frames of a `receive` have the same.
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` unless the burst was made with the column `'timestamp'`.
   */
  get timestamps(): BigUint64Array {
    return this.#timestamps ?? missing('timestamp');
  }

  /**
   * A number for the flow of each received frame, the same in both directions, computed from IP addresses, protocol and ports.
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` unless the burst was made with the column `'hash'`.
   */
  get hashes(): Uint32Array {
    return this.#hashes ?? missing('hash');
  }

  /**
   * The request of each frame: bits of {@link TxRequest}; 0 when it was received or allocated. `send` meets it, or its error
   * names the entry. `port.capabilities.txOffloads` tells what the device does.
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` unless the burst was made with the column `'txRequest'`.
   */
  get txRequests(): Uint32Array {
    return this.#txRequests ?? missing('txRequest');
  }

  /**
   * What a program said of each frame: of {@link Verdict}. Of a frame of several entries, that of the first counts.
   *
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` unless the burst was made with the column `'verdict'`, or by a pool in a
   *   `WebAssembly.Memory`.
   */
  get verdicts(): Uint32Array {
    return this.#verdicts ?? missing('verdict');
  }

  /**
   * Into segments of how many bytes of payload `send` cuts a frame of TCP, which may have 64 KiB: 1 to 9216; 0, as when it was
   * received or allocated: it is not cut. Each segment gets the frame's headers, which lie in its first entry, with its own lengths,
   * sequence number, id, flags and checksums, and the tag that {@link txRequests} asks for.
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` unless the burst was made with the column `'segmentSize'`.
   */
  get segmentSizes(): Uint16Array {
    return this.#segmentSizes ?? missing('segmentSize');
  }

  /** Whether there may be frames of several entries. */
  get hasChains(): boolean {
    return this.#header[HeaderWord.chains] !== 0;
  }

  /** How many entries the frame takes that begins at entry `i`: 1, unless {@link hasChains}. Refuses entries that the burst has not. */
  frameEntries(i: number): number {
    this.#checkEntry(i);
    return this.#entriesAt(i);
  }

  #entriesAt(i: number): number {
    if (!this.hasChains) return 1;
    const { count } = this;
    let entries = 1;
    while (i + entries < count && (this.statuses[i + entries - 1]! & RxFlag.more) !== 0) entries++;
    return entries;
  }

  /** Bytes of the frame that begins at entry `i`, in all of its entries. Refuses entries that the burst has not. */
  frameLength(i: number): number {
    this.#checkEntry(i);
    let bytes = 0;
    for (let end = i + this.#entriesAt(i); i < end; i++) bytes += this.lengths[i]!;
    return bytes;
  }

  /**
   * Makes one frame of `entries` entries, from entry `i` on: the bytes of each follow those of the one before. `send` hands
   * them to the device together, or none of them.
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` unless the burst has these entries.
   */
  chain(i: number, entries: number): void {
    this.#checkEntry(i);
    checkNumber('entries', entries);
    if (!(Number.isInteger(entries) && entries >= 1 && i + entries <= this.count)) {
      throw invalidArgument(`${entries} entries from entry ${i} on`, `the burst has ${this.count}`);
    }
    const { statuses } = this;
    if (!this.hasChains) for (let k = 0; k < this.count; k++) statuses[k]! &= ~RxFlag.more;
    const last = i + entries - 1;
    for (let k = i; k < last; k++) statuses[k]! |= RxFlag.more;
    statuses[last]! &= ~RxFlag.more;
    this.#header[HeaderWord.chains] = 1;
  }

  /**
   * Where frame `i` begins in `pool.bytes`. Entries from {@link count} on mean nothing: to refuse them would cost each frame a
   * tenth of its time.
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` unless `i` is 0 to {@link capacity} - 1.
   */
  position(i: number): number {
    if (typeof i !== 'number') refuseEntry(i, this.count); // V8 knows, and compiles nothing of it
    const index = this.indices[i] ?? refuseEntry(i, this.count);
    // V8 checks each index anyway, and compiles nothing of the other case. For other size classes see sized-bursts.ts.
    return index * smallStride + this.offsets[i]!;
  }

  /**
   * The whole buffer of frame `i`, headroom included: the frame is at `offsets[i]`, `lengths[i]` long. Allocates nothing
   * after the first time.
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` as {@link position} does. `ERR_PMD_CLOSED` once the pool is closed.
   */
  view(i: number): Buffer {
    if (typeof i !== 'number') refuseEntry(i, this.count);
    return this.pool.view(this.indices[i] ?? refuseEntry(i, this.count));
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
    if (!(Number.isInteger(i) && i >= 0 && i < this.count)) refuseEntry(i, this.count);
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
    return appendData(this, data);
  }

  /**
   * Gives the frames from entry `first` on back to the pool; their views are not to be used any more.
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

  /** Keeps the frames for which `keep` returns true, in order, and releases the others. It is asked once for each frame. */
  filter(keep: (burst: this, i: number) => boolean): void {
    if (typeof keep !== 'function') refuseFilter(keep);
    const { count } = this;
    const columns = this.#columns;
    let kept = 0;
    for (let i = 0; i < count; ) {
      const end = i + this.#entriesAt(i);
      const isKept = keep(this, i);
      for (; i < end; i++) if (isKept && i !== kept++) swapEntries(columns, i, kept - 1);
    }
    this.release(kept);
  }

  /**
   * Does what {@link verdicts} say: keeps frames, in order, releases them, or moves them to the end of the port's burst in `outs`. A frame
   * for a port without a burst there, or without room, is released. Returns the burst's count. @throws {PmdError} `ERR_PMD_POOL_MISMATCH`.
   */
  deal(outs: readonly Burst[] = []): number {
    for (const out of outs) this.#checkOther(out);
    const verdicts = this.verdicts;
    const { count } = this;
    for (let i = 0, entries = 0; i < count; i += entries) {
      entries = this.#entriesAt(i);
      const out = outs[verdicts[i]! - Verdict.port];
      const given = out ? out.#append(this, i, entries) : false;
      verdicts.fill(given ? gone : Math.min(verdicts[i]!, Verdict.drop), i, i + entries);
    }
    const kept = gather(this.#columns, verdicts, Verdict.keep, 0, count);
    this.#header[countWord] = gather(this.#columns, verdicts, Verdict.drop, kept, count);
    this.release(kept);
    return kept;
  }

  /** Appends entries of another burst of this pool, unless there is no room. */
  #append(from: Burst, i: number, entries: number): boolean {
    const where = this.count;
    if (where + entries > this.capacity) return false;
    copyRun(from.#places, i, entries, this.#places, where);
    this.statuses[where + entries - 1]! &= ~RxFlag.more; // of a burst without chains, it means nothing
    this.#header[countWord] = where + entries;
    if (where === 0) this.#header[HeaderWord.chains] = 0;
    if (entries > 1) this.#header[HeaderWord.chains] = 1;
    return true;
  }

  /**
   * Exchanges the frames that begin at entries `a` and `b`, with all of their entries.
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` for an entry that the burst has not.
   */
  swap(a: number, b: number): void {
    this.#checkEntry(a);
    this.#checkEntry(b);
    const first = Math.min(a, b);
    const second = Math.max(a, b);
    if (a !== b) swapRuns(this.#columns, first, this.#entriesAt(first), second, this.#entriesAt(second));
  }

  /**
   * Moves the frame that begins at entry `i` to the end of another burst of the same pool, without a copy of its bytes. False,
   * and nothing moved, when the other has no room for it.
   * @throws {PmdError} `ERR_PMD_POOL_MISMATCH`, `ERR_PMD_INVALID_ARGUMENT` for an entry that the burst has not.
   */
  move(i: number, other: Burst): boolean {
    const entries = this.#transfer(i, other);
    const { count } = this;
    if (!other.#append(this, i, entries)) return false;
    removeRun(this.#columns, i, entries, count);
    this.#header[HeaderWord.count] = count - entries;
    return true;
  }

  /**
   * Appends a copy of the frame that begins at entry `i` to another burst: for a frame that is to leave by several ports, which
   * costs a copy for each but the last. False, and nothing appended, when the other burst or its pool is full.
   * @throws {PmdError} `ERR_PMD_POOL_MISMATCH`, `ERR_PMD_INVALID_ARGUMENT` for an entry that the burst has not.
   */
  copy(i: number, other: Burst): boolean {
    return appendFrame(this, i, this.#transfer(i, other), other);
  }

  /** Checks what move() and copy() take, and returns the entries of the frame. */
  #transfer(i: number, other: Burst): number {
    this.#checkEntry(i);
    this.#checkOther(other);
    return this.#entriesAt(i);
  }

  #checkOther(other: Burst): void {
    Burst.handleOf(other);
    checkMemory(other.indices);
    checkMemory(this.pool.bytes);
    if (other === this) throw invalidArgument('the other burst is this one', 'pass another');
    if (other.pool.bytes.buffer !== this.pool.bytes.buffer) throw refusal(Refusal.poolMismatch, this);
  }
}
