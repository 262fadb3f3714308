import { type InspectOptions, inspect } from 'node:util';
import type { Burst } from './burst.ts';
import {
  checkBoolean,
  checkCount,
  checkInteger,
  checkInternal,
  checkOneOf,
  checkOptions,
  copyList,
  internal,
} from './check.ts';
import { checkMemory, closedPool, describe, invalidArgument, PmdError } from './errors.ts';
import { ColumnBit, dataRooms, Limit } from './layout.ts';
import { type Metric, poolMetrics } from './metrics.ts';
import { addon, completion, type NativePool } from './native.ts';
import type { PacketMemory } from './packet-memory.ts';
import type { PoolUsage } from './pool-usage.ts';
import { burstClasses } from './sized-bursts.ts';
import { bytesOfMemory, type WasmMemory, wasmPageBytes } from './wasm-memory.ts';

/** How {@link createPool} makes a pool. */
export interface PoolOptions {
  /**
   * How many buffers, 64 to 1048576 (fewer with a larger {@link dataRoom}). Default 4096, enough for two ports with default rings.
   */
  buffers?: number;
  /**
   * Bytes that a frame can have. 2048 takes the frames of an MTU up to 2026, 4096 those of 4074, 10240 jumbo frames. A
   * buffer takes 192 bytes more than that. Default 2048.
   */
  dataRoom?: (typeof dataRooms)[number];
  /**
   * Pages of 2 MiB: `'try'` uses them when enough are reserved and small pages otherwise (see {@link Pool.pageSize}),
   * `'require'` fails without, `'never'` uses small pages. Default `'try'`.
   */
  hugePages?: 'try' | 'require' | 'never';
  /**
   * Puts the pool into this memory, for {@link loadProgram}: its programs find frames and bursts there. What was there is lost, and
   * zeros take the pool's place when it is closed. Huge pages need an offset that lies at one.
   */
  memory?: WasmMemory;
  /** With {@link memory}: where the pool begins, a multiple of 65536. A program must have nothing of its own there. */
  offset?: number;
}

/** How {@link attachPool} uses a pool. */
export interface AttachOptions {
  /** The shared memory that the pool was made in, for programs of this thread. */
  memory?: WasmMemory;
}

/** How {@link Pool.createBurst} makes a burst. */
export interface BurstOptions {
  /** Whether {@link Burst.timestampNs} tells when frames were received. It costs a look at the clock per burst. Default false. */
  timestamps?: boolean;
  /**
   * Columns beyond those that every burst has: `'timestamp'` ({@link Burst.timestamps}), `'hash'` ({@link Burst.hashes}),
   * `'txRequest'` ({@link Burst.txRequests}), `'segmentSize'` ({@link Burst.segmentSizes}). Each costs time for every frame. Default
   * none. `'verdict'` ({@link Burst.verdicts}) costs none, and every burst of a pool in a `WebAssembly.Memory` has it.
   */
  columns?: readonly BurstColumn[];
}

/** An optional column of a burst. */
export type BurstColumn = 'timestamp' | 'hash' | 'txRequest' | 'verdict' | 'segmentSize';

/** What names a pool across threads: plain data, to be posted to a worker for {@link attachPool}. */
export interface PoolToken {
  readonly kind: 'vfio-pmd/pool';
  readonly pool: number;
}

/**
 * Packet memory of the process: equal buffers, each with 128 bytes of headroom and {@link dataRoom} for a frame. Ports that
 * share a pool pass frames to each other without a copy.
 *
 * A pool object belongs to the thread that made it; another thread makes its own with {@link attachPool}.
 */
export class Pool implements PacketMemory, AsyncDisposable {
  // Declared and not defined: see Burst.
  /** How many buffers there are. */
  declare readonly buffers: number;
  declare readonly stride: number;
  declare readonly headroom: number;
  declare readonly dataRoom: number;
  /** Bytes per page of the memory: 4096, or 2097152 with huge pages. */
  declare readonly pageSize: number;
  declare readonly bytes: Uint8Array;
  /** The memory that the pool was made in. */
  declare readonly memory: WasmMemory | undefined;
  /** Where the pool begins in that memory: frame `i` of a burst is at `pool.offset + burst.position(i)`. */
  declare readonly offset: number | undefined;
  /** Names the pool in another thread. */
  declare readonly token: PoolToken;
  readonly #id: number;
  readonly #memory: ArrayBuffer;
  readonly #state: Uint32Array;
  readonly #views: (Buffer | undefined)[] = [];

  /** @internal */
  constructor(key: typeof internal, id: number, native: NativePool, memory?: WasmMemory) {
    checkInternal(key, 'a pool', 'use createPool() or attachPool()');
    checkMemory(native.memory);
    this.#id = id;
    this.buffers = native.buffers;
    this.stride = native.stride;
    this.headroom = native.headroom;
    this.dataRoom = native.dataRoom;
    this.pageSize = native.pageSize;
    this.#memory = native.memory;
    this.#state = new Uint32Array(native.state);
    this.bytes = new Uint8Array(native.memory);
    this.memory = memory;
    this.offset = native.mirror;
    this.token = Object.freeze({ kind: 'vfio-pmd/pool', pool: id });
  }

  /** @internal */
  static idOf(pool: Pool): number {
    if (typeof pool !== 'object' || pool === null || !(#memory in pool)) {
      throw invalidArgument(
        `${describe(pool)} is not a pool`,
        'pass what createPool() or attachPool() returned',
      );
    }
    return pool.#id;
  }

  /**
   * All bytes of the memory that the pool is in, as it is now.
   *
   * @throws {PmdError} `ERR_PMD_PROGRAM` when the memory has moved, and left the pool behind.
   * @internal
   */
  static memoryOf(pool: Pool): Uint8Array {
    const id = Pool.idOf(pool);
    if (pool.memory === undefined) {
      throw invalidArgument(
        'the pool is in no WebAssembly.Memory',
        'make it with createPool({ memory, offset })',
      );
    }
    const bytes = bytesOfMemory(pool.memory);
    if (!addon.isMirroredIn(id, bytes)) throw elsewhere();
    return bytes;
  }

  /** Makes an empty list of up to `capacity` frames (1 to 1024, default 32), for the calling thread. Reuse it. */
  createBurst(capacity = 32, options: BurstOptions = {}): Burst {
    checkInteger('capacity', capacity, 1, Limit.burst);
    const { timestamps = false, columns = [] } = checkOptions('options', options, ['timestamps', 'columns']);
    checkBoolean('timestamps', timestamps);
    const verdict = this.offset === undefined ? 0 : ColumnBit.verdict;
    const native = addon.createBurst(this.#id, capacity, timestamps, bitsOf(columns) | verdict);
    return new burstClasses[this.dataRoom]!(internal, this, native, capacity, timestamps);
  }

  get closed(): boolean {
    return this.#state[0] !== 0;
  }

  view(index: number): Buffer {
    if (this.#state[0] !== 0) throw closedPool();
    return (typeof index === 'number' ? this.#views[index] : undefined) ?? this.#makeView(index);
  }

  #makeView(index: number): Buffer {
    checkInteger('index', index, 0, this.buffers - 1);
    checkMemory(this.bytes);
    const view = Buffer.from(this.#memory, index * this.stride, this.headroom + this.dataRoom);
    this.#views[index] = view;
    return view;
  }

  /** Where the buffers are; all 0 once the pool is closed. Counts all of them: not for every burst. */
  usage(): PoolUsage {
    return addon.poolUsage(this.#id) ?? { free: 0, rxRings: 0, txRings: 0, application: 0 };
  }

  /** The same as plain objects with help texts, labelled with the pool's number: for a monitoring system. */
  metrics(): Metric[] {
    return poolMetrics(`${this.#id}`, this.buffers, this.usage());
  }

  /**
   * Ends the use of the pool: this thread's bursts become unusable, those of other threads when their event loops turn.
   * Warns about frames that the application still holds.
   *
   * The system has the memory back then, and zeros take its place: that is what a view from before reads, and what a job of
   * Node's thread pool reads that has not ended (`zlib.deflate`, `fs.write`). What is written to it afterwards is lost.
   * Its addresses are not used again, so that nothing else is ever found there.
   *
   * A pool that is not closed ends with the last thread that uses it. A port's private one ends by itself: {@link Port.pool}.
   *
   * @throws {PmdError} `ERR_PMD_BUSY` while a port uses the pool or is being opened with it; `ERR_PMD_CLOSED` the second time.
   */
  async close(): Promise<void> {
    const { application } = this.usage();
    addon.closePool(this.#id);
    warnOfHeld(application);
  }

  /** What it is, and nothing of its memory. @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { buffers, dataRoom, pageSize, closed } = this;
    return `Pool ${inspect({ buffers, dataRoom, pageSize, closed }, options)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const columnNames: readonly BurstColumn[] = ['timestamp', 'hash', 'txRequest', 'verdict', 'segmentSize'];

/** The columns as bits. Checks a copy: what is iterated twice may differ. */
function bitsOf(columns: readonly BurstColumn[]): number {
  const list = copyList(
    'columns',
    columns,
    columnNames.length,
    `pass an array of ${columnNames.join(', ')}, each once`,
  );
  let bits = 0;
  for (const column of list) bits |= ColumnBit[checkOneOf('a column', column, columnNames)];
  return bits;
}

/** @internal */
export function warnOfHeld(frames: number): void {
  if (frames === 0) return;
  process.emitWarning(`a pool was closed with ${frames} frames neither released nor sent`, {
    code: 'PMD_FRAMES_HELD',
  });
}

/**
 * Reserves packet memory, which every port can use that is opened with it.
 *
 * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT`, `ERR_PMD_NO_MEMORY` (with the number of huge pages to reserve).
 */
export async function createPool(options: PoolOptions = {}): Promise<Pool> {
  const known = ['buffers', 'dataRoom', 'hugePages', 'memory', 'offset'] as const;
  const {
    buffers = 4096,
    dataRoom = 2048,
    hugePages = 'try',
    memory,
    offset,
  } = checkOptions('options', options, known);
  checkInteger('buffers', buffers, Limit.minBuffers, Limit.maxBuffers);
  checkOneOf('dataRoom', dataRoom, dataRooms);
  checkOneOf('hugePages', hugePages, ['try', 'require', 'never']);
  if (memory === undefined && offset === undefined) {
    return poolOf(await completion<number>((done) => addon.createPool(buffers, dataRoom, hugePages, done)));
  }
  // At once: the memory may grow, or go, before work of another thread ends.
  const bytes = bytesOfMemory(memory!);
  checkOffset(offset);
  return poolOf(addon.createMirroredPool(buffers, dataRoom, hugePages, memory!, bytes, offset), memory);
}

function checkOffset(offset: unknown): asserts offset is number {
  const most = 0xffff_ffff;
  if (typeof offset === 'number' && offset % wasmPageBytes === 0 && offset >= 0 && offset <= most) return;
  throw invalidArgument(`offset is ${describe(offset)}`, `use a multiple of ${wasmPageBytes}`);
}

/** Uses a pool of another thread, by its {@link Pool.token}, in this one. */
export function attachPool(token: PoolToken, options: AttachOptions = {}): Pool {
  const { memory } = checkOptions('options', options, ['memory']);
  const { kind, pool } = token ?? {};
  if (kind !== 'vfio-pmd/pool') throw invalidArgument('this is not a pool token', 'pass pool.token');
  const id = checkCount("the token's pool", pool);
  if (memory !== undefined && !addon.isMirroredIn(id, bytesOfMemory(memory))) throw elsewhere();
  return poolOf(id, memory);
}

/** @internal */
export function poolOf(id: number, memory?: WasmMemory): Pool {
  return new Pool(internal, id, addon.attachPool(id), memory);
}

function elsewhere(): PmdError {
  return new PmdError('ERR_PMD_PROGRAM', 'the pool is not in this memory', {
    hint: 'pass the memory that createPool() had; if it grew, give it a maximum when you make it, so that it need not move',
  });
}
