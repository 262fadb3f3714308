import { type InspectOptions, inspect } from 'node:util';
import type { Burst } from './burst.ts';
import { checkCount, checkInteger, checkInternal, checkOneOf, checkOptions, internal } from './check.ts';
import { invalidArgument } from './errors.ts';
import type { BurstsOptions, FramesOptions, Iteration } from './iteration.ts';
import { Limit } from './layout.ts';
import { addon, type NativeRingState } from './native.ts';
import { Pool, poolOf } from './pool.ts';
import { RxQueue } from './rx-queue.ts';
import { TxQueue } from './tx-queue.ts';

/** How {@link createRing} makes a ring. */
export interface RingOptions {
  /** Packet memory: of the frames that pass. */
  pool: Pool;
  /** Entries that can wait, a power of two from 2 to 1048576. Default 1024. */
  capacity?: number;
  /** Whether one thread at a time sends, or several. `'single'`, the default, takes less time for each burst. */
  producers?: 'single' | 'multi';
  /** Whether one thread at a time receives, or several: each frame is one thread's. Default `'single'`. */
  consumers?: 'single' | 'multi';
}

/** What names a ring across threads: plain data, to be posted to a worker for {@link attachRing}. */
export interface RingToken {
  readonly kind: 'vfio-pmd/ring';
  readonly ring: number;
  readonly pool: number;
}

/** What a ring has counted, in entries of bursts. */
export interface RingStats {
  /** Sent so far. */
  sent: number;
  /** Received so far. */
  received: number;
  /** Entries that wait. */
  waiting: number;
  /** Send calls that left frames in the burst because the ring was full. */
  full: number;
  /** Entries of frames that were dropped because they took more entries than a receive call had room for. */
  oversize: number;
}

/**
 * Passes frames from thread to thread without a copy, in order: `send` and `receive` as of queues, and {@link rx} and {@link tx} where
 * a queue is asked for, as by `tx.exchange(burst, ring.rx)`.
 *
 * It belongs to the thread that made it, and ends with {@link close} or with that thread. Other threads use it by its {@link token}.
 * A thread that ends leaves what it has sent.
 */
export class Ring implements AsyncIterable<Burst>, AsyncDisposable {
  /** Packet memory, as this thread uses it: bursts for this ring are made of it. */
  readonly pool: Pool;
  /** Entries that can wait. */
  readonly capacity: number;
  readonly token: RingToken;
  /** The end that frames are received from. */
  readonly rx: RxQueue;
  /** The end that frames are sent to. */
  readonly tx: TxQueue;
  readonly #id: number;

  /** @internal */
  constructor(key: typeof internal, token: RingToken, pool: Pool) {
    checkInternal(key, 'a ring', 'use createRing() or attachRing()');
    const { ring } = token;
    const queue = { address: `ring:${ring}`, port: ring, queue: 0, pool: token.pool };
    this.#id = ring;
    this.capacity = addon.ringState(ring).capacity;
    this.token = Object.freeze(token);
    this.pool = pool;
    this.rx = new RxQueue(internal, { kind: 'vfio-pmd/rx', ...queue }, pool);
    this.tx = new TxQueue(internal, { kind: 'vfio-pmd/tx', ...queue }, pool);
  }

  /**
   * Puts frames from the front of the burst into the ring and returns how many; what did not fit stays in the burst, at its front. They
   * are the receiver's from here on. Never blocks.
   *
   * With `max`, of the burst's first `max` entries those that are whole frames: see {@link TxQueue.send}. Columns that a burst has on
   * request do not pass: the receiver's has the time and the hash of its own receive. A frame that requests something
   * ({@link Burst.txRequests}) is refused.
   *
   * @throws {PmdError} `ERR_PMD_NOT_OWNER` or `ERR_PMD_INVALID_ARGUMENT`, naming the entry: then nothing was sent. `ERR_PMD_CLOSED`,
   * `ERR_PMD_POOL_MISMATCH`, `ERR_PMD_BUSY` (another thread's, unless `producers` is `'multi'`).
   */
  send(burst: Burst, max?: number): number {
    return this.tx.send(burst, max);
  }

  /**
   * Appends frames that wait to the burst, at most `max`, and returns how many. Never blocks.
   *
   * @throws {PmdError} `ERR_PMD_CLOSED`, `ERR_PMD_POOL_MISMATCH`, `ERR_PMD_BUSY` (another thread's, unless `consumers` is `'multi'`).
   */
  receive(burst: Burst, max = 1024): number {
    return this.rx.receive(burst, max);
  }

  /** Bursts as they come, 32 frames at most each; see {@link bursts}. */
  [Symbol.asyncIterator](): Iteration<Burst> {
    return this.rx.bursts();
  }

  /** Bursts as they come, until the ring is closed; sleeps while there are none: see {@link RxQueue.bursts}. */
  bursts(options: BurstsOptions = {}): Iteration<Burst> {
    return this.rx.bursts(options);
  }

  /** A copy of each frame as it comes: see {@link RxQueue.frames}. */
  frames(options: FramesOptions = {}): Iteration<Buffer> {
    return this.rx.frames(options);
  }

  /** What the ring has counted. @throws {PmdError} `ERR_PMD_CLOSED`. */
  stats(): RingStats {
    const { capacity: _, ...stats }: NativeRingState = addon.ringState(this.#id);
    return stats;
  }

  /** Gives both ends up, as far as this thread has them, so that another thread can use them. */
  detach(): void {
    this.rx.detach();
    this.tx.detach();
  }

  /** Ends the ring for all threads. Frames in it go back to the pool; iterations end. Can be called again. */
  async close(): Promise<void> {
    addon.closeRing(this.#id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What it is, and nothing of its memory. @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Ring ${inspect({ capacity: this.capacity, token: this.token }, options)}`;
  }
}

const users = ['single', 'multi'] as const;

/**
 * Makes a ring that passes frames of a pool between threads.
 *
 * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT`, `ERR_PMD_CLOSED` when the pool is closed.
 */
export function createRing(options: RingOptions): Ring {
  const known = ['pool', 'capacity', 'producers', 'consumers'] as const;
  const {
    pool,
    capacity = 1024,
    producers = 'single',
    consumers = 'single',
  } = checkOptions('options', options, known);
  const poolId = Pool.idOf(pool);
  checkInteger('capacity', capacity, 2, Limit.maxBuffers);
  if ((capacity & (capacity - 1)) !== 0)
    throw invalidArgument(`capacity is ${capacity}`, 'use a power of two');
  checkOneOf('producers', producers, users);
  checkOneOf('consumers', consumers, users);
  const ring = addon.createRing(poolId, capacity, producers === 'multi', consumers === 'multi');
  return new Ring(internal, { kind: 'vfio-pmd/ring', ring, pool: poolId }, pool);
}

/** Uses a ring of another thread, by its {@link Ring.token}, in this one. */
export function attachRing(token: RingToken): Ring {
  const { kind, ring, pool } = token ?? {};
  if (kind !== 'vfio-pmd/ring') throw invalidArgument('this is not a ring token', 'pass ring.token');
  const checked = {
    kind,
    ring: checkCount("the token's ring", ring),
    pool: checkCount("the token's pool", pool),
  };
  return new Ring(internal, checked, poolOf(checked.pool));
}
