import { type InspectOptions, inspect } from 'node:util';
import { Burst } from './burst.ts';
import { checkCount, checkInternal, internal } from './check.ts';
import { describe, invalidArgument } from './errors.ts';
import {
  type BurstsOptions,
  type FrameSource,
  type FramesOptions,
  type Iteration,
  iterateBursts,
  iterateFrames,
  releaseIterated,
  stopIterations,
} from './iteration.ts';
import { CallSlot } from './layout.ts';
import { addon, call, type NativeRxQueue, refusal } from './native.ts';
import { type Pool, poolOf } from './pool.ts';
import { checkToken, detached as detachedHandle, type RxQueueToken } from './queue-token.ts';
import { Sleepers } from './sleepers.ts';

// One function for all queues, which the call block names. What a burst call uses is a constant of this module: V8 compiles
// that in, but looks an import up each time (docs/performance.md).
const { receive } = addon;
const { handleOf } = Burst;
const callBlock = call;
const callSlot = CallSlot;
const checkNumber = checkCount;
const detached = detachedHandle;

/**
 * Receives frames. It belongs to the thread that first receives from it; {@link detach} gives it up.
 *
 * Three ways to receive, over the same burst: `receive` in a loop of one's own, `for await (const burst of rx)`, and
 * `rx.bursts({ signal })`.
 */
export class RxQueue implements AsyncIterable<Burst> {
  readonly token: RxQueueToken;
  /** The port's pool, as this thread uses it: bursts for this queue are made of it. */
  readonly pool: Pool;
  readonly #token: RxQueueToken;
  /** Once this thread is attached to the queue. */
  #functions: NativeRxQueue | undefined;
  #handle = detached;
  readonly #source: FrameSource;

  /** @internal */
  constructor(key: typeof internal, token: RxQueueToken, pool: Pool) {
    checkInternal(key, 'a queue', 'use those of a port, or attachRxQueue() and attachTxQueue()');
    this.#token = Object.freeze(token);
    this.token = token;
    this.pool = pool;
    this.#source = {
      pool,
      sleepers: new Sleepers(() => this.#functions),
      iterations: new Set(),
      receive: (burst) => this.receive(burst),
      ended: () => this.#functions?.ended() === true,
    };
  }

  #attach(): number {
    this.#functions = addon.attachRx(this.#token.port, this.#token.queue, this.#token.pool);
    this.#handle = this.#functions.handle;
    return this.#handle;
  }

  /** @internal */
  static handleOf(rx: RxQueue): number {
    let handle: number;
    try {
      handle = rx.#handle; // throws by itself: asking first costs a nanosecond of each call
    } catch {
      throw invalidArgument(`${describe(rx)} is not an RX queue`, 'pass port.rx[0]');
    }
    return handle === detached ? rx.#attach() : handle;
  }

  /** @internal */
  static tokenOf(rx: RxQueue): RxQueueToken {
    return rx.#token;
  }

  /** Releases what loops have not released yet: the port's own pool ends, and nobody could. @internal */
  static releaseIterated(rx: RxQueue): void {
    releaseIterated(rx.#source);
  }

  /**
   * Appends frames that have arrived to the burst, at most `max`, and returns how many: 0 when there are none, when the
   * burst is full, or while the port recovers. Never blocks, allocates nothing.
   * A frame of several entries (`openPort(…, { chains: true })`) is appended whole; one of more than `max` entries is dropped.
   * Frames shorter than an Ethernet header or longer than the MTU plus 18 bytes are dropped too: a port of the same MTU sends what is
   * received.
   *
   * @throws {PmdError} `ERR_PMD_CLOSED`, `ERR_PMD_REMOVED`, `ERR_PMD_POOL_MISMATCH`, `ERR_PMD_BUSY` (another thread's).
   */
  receive(burst: Burst, max = 1024): number {
    const handle = handleOf(burst);
    checkNumber('max', max);
    callBlock[callSlot.burst] = handle;
    callBlock[callSlot.count] = max;
    callBlock[callSlot.rx] = this.#handle === detached ? this.#attach() : this.#handle;
    receive();
    const result = callBlock[callSlot.result]!;
    if (result < 0) throw refusal(result, burst, this.#token.address);
    return result;
  }

  /**
   * How many entries are ready to be received, as the device reports them; of a port of the kernel's or a file, 1 for any number.
   * 0 while the port recovers, and of a port that is closed.
   */
  ready(): number {
    if (this.#handle === detached) this.#attach();
    return this.#functions!.ready();
  }

  /** Bursts as they arrive, 32 frames at most each; see {@link bursts}. */
  [Symbol.asyncIterator](): Iteration<Burst> {
    return this.bursts();
  }

  /**
   * Bursts as they arrive, until the port is closed, the queue is detached, the last frame of a file has come, or the signal aborts. Each is the same object, filled again: frames
   * that are still in it when the next one is asked for are released. The event loop turns after each slice of time; a queue that
   * is empty sleeps until the device's interrupt, and costs no CPU.
   *
   * @throws {PmdError} `ERR_PMD_REMOVED` when the device was removed.
   */
  bursts(options: BurstsOptions = {}): Iteration<Burst> {
    return iterateBursts(this.#source, options);
  }

  /**
   * A copy of each frame as it arrives, a Buffer of its own: for what keeps frames, as a stream does that reads ahead. Ends as
   * {@link bursts} does. Copies that were not asked for are dropped.
   *
   * `Readable.from(rx.frames())` is a stream of frames; `destroy()` ends it at once.
   *
   * @throws {PmdError} `ERR_PMD_REMOVED` when the device was removed.
   */
  frames(options: FramesOptions = {}): Iteration<Buffer> {
    return iterateFrames(this.#source, options);
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `RxQueue ${inspect(this.#token, options)}`;
  }

  /**
   * Gives the queue up, so that another thread can use it. Frames received before stay this thread's; its iterations of the queue
   * end.
   */
  detach(): void {
    this.#functions?.detach();
    this.#handle = detached;
    stopIterations(this.#source);
  }
}

/** Uses an RX queue of another thread's port, by its {@link RxQueue.token}, in this one. */
export function attachRxQueue(token: RxQueueToken): RxQueue {
  const checked = checkToken('vfio-pmd/rx', token, 'pass port.rx[0].token');
  return new RxQueue(internal, checked, poolOf(checked.pool));
}
