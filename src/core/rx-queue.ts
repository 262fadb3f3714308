import { addAbortListener } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { type InspectOptions, inspect } from 'node:util';
import { Burst } from './burst.ts';
import {
  checkBoolean,
  checkCount,
  checkInteger,
  checkInternal,
  checkOptions,
  checkSignal,
  internal,
} from './check.ts';
import { monotonicNs } from './clock.ts';
import { describe, invalidArgument, PmdError } from './errors.ts';
import { CallSlot, Limit } from './layout.ts';
import { addon, call, refusal } from './native.ts';
import { type BurstOptions, type Pool, poolOf } from './pool.ts';
import { checkToken, detached as detachedHandle, type RxQueueToken } from './queue-token.ts';

/** How {@link RxQueue.bursts} iterates. */
export interface BurstsOptions extends BurstOptions {
  /** Most frames per burst, 1 to 1024. Default 32. */
  capacity?: number;
  /** Ends the iteration. */
  signal?: AbortSignal | undefined;
  /**
   * Microseconds of a turn of the event loop that the iteration takes while frames keep coming, the loop's body included: 1 to
   * 1 000 000. Then timers, sockets and other ports have theirs. Default 200.
   */
  sliceUs?: number;
  /**
   * `'throughput'`, the default: the iteration sleeps as soon as there is no frame. `'latency'`: it looks again in each of the next
   * 64 turns, and finds a frame some microseconds earlier than an interrupt would tell of it, at the price of CPU time.
   */
  priority?: 'latency' | 'throughput';
}

type Pace = Required<Pick<BurstsOptions, 'sliceUs' | 'priority'>>;

// A turn of the event loop costs about 2.5 us: a hundredth of that.
const defaultSliceUs = 200;
const longestSliceUs = 1_000_000;
/** Turns without a frame before the iteration sleeps. */
const turnsBeforeSleep = { throughput: 0, latency: 64 } as const;

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
  #detach: (() => void) | undefined;
  #wait: ((callback: () => void) => void) | undefined;
  #ended: (() => boolean) | undefined;
  #handle = detached;
  /** Bursts that loops of this thread iterate with. */
  readonly #iterated = new Set<Burst>();

  /** @internal */
  constructor(key: typeof internal, token: RxQueueToken, pool: Pool) {
    checkInternal(key, 'a queue', 'use those of a port, or attachRxQueue() and attachTxQueue()');
    this.#token = Object.freeze(token);
    this.token = token;
    this.pool = pool;
  }

  #attach(): number {
    const functions = addon.attachRx(this.#token.port, this.#token.queue, this.#token.pool);
    this.#wait = functions.wait;
    this.#ended = functions.ended;
    this.#detach = functions.detach;
    this.#handle = functions.handle;
    return functions.handle;
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
    for (const burst of rx.#iterated) {
      try {
        burst.release();
      } catch {
        // What is written in it is wrong: then its frames are told of as held.
      }
    }
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

  /** Bursts as they arrive, 32 frames at most each; see {@link bursts}. */
  [Symbol.asyncIterator](): AsyncGenerator<Burst, void, undefined> {
    return this.bursts();
  }

  /**
   * Bursts as they arrive, until the port is closed, the last frame of a file has come, or the signal aborts. Each is the same object, filled again: frames
   * that are still in it when the next one is asked for are released. The event loop turns after each slice of time; a queue that
   * is empty sleeps until the device's interrupt, and costs no CPU.
   *
   * @throws {PmdError} `ERR_PMD_REMOVED` when the device was removed.
   */
  bursts(options: BurstsOptions = {}): AsyncGenerator<Burst, void, undefined> {
    const known = ['capacity', 'timestamps', 'columns', 'signal', 'sliceUs', 'priority'] as const;
    const {
      capacity = 32,
      timestamps = false,
      columns = [],
      signal,
      sliceUs = defaultSliceUs,
      priority = 'throughput',
    } = checkOptions('options', options, known);
    checkInteger('capacity', capacity, 1, Limit.burst);
    if (signal !== undefined) checkSignal('signal', signal);
    checkBoolean('timestamps', timestamps);
    checkInteger('sliceUs', sliceUs, 1, longestSliceUs);
    if (priority !== 'latency' && priority !== 'throughput')
      throw invalidArgument(`priority is ${describe(priority)}`, "use 'latency' or 'throughput'");
    return this.#poll(capacity, { timestamps, columns }, { sliceUs, priority }, signal);
  }

  async *#poll(
    capacity: number,
    options: BurstOptions,
    { sliceUs, priority }: Pace,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Burst, void, undefined> {
    const burst = this.pool.createBurst(capacity, options);
    const idleTurns = turnsBeforeSleep[priority];
    this.#iterated.add(burst);
    try {
      for (let turnsLeft = idleTurns; !signal?.aborted; ) {
        const end = monotonicNs() + sliceUs * 1000;
        let count = this.receive(burst);
        while (count > 0) {
          yield burst;
          burst.release();
          if (signal?.aborted) return;
          turnsLeft = idleTurns;
          if (monotonicNs() >= end) break;
          count = this.receive(burst);
        }
        if (count > 0 || turnsLeft-- > 0) await setImmediate();
        else if (this.#ended?.() === true) return;
        else await this.#framesOrAbort(signal);
      }
    } catch (error) {
      if (!(error instanceof PmdError && error.code === 'ERR_PMD_CLOSED')) throw error;
    } finally {
      this.#iterated.delete(burst);
      if (!this.pool.closed) burst.release();
    }
  }

  /** Sleeps until frames may have come, the port recovered or was closed, or the signal aborts. */
  #framesOrAbort(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const listener = signal && addAbortListener(signal, () => resolve());
      this.#wait?.(() => {
        listener?.[Symbol.dispose]();
        resolve();
      });
    });
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `RxQueue ${inspect(this.#token, options)}`;
  }

  /** Gives the queue up, so that another thread can use it. Frames received before stay this thread's. */
  detach(): void {
    this.#detach?.();
    this.#handle = detached;
  }
}

/** Uses an RX queue of another thread's port, by its {@link RxQueue.token}, in this one. */
export function attachRxQueue(token: RxQueueToken): RxQueue {
  const checked = checkToken('vfio-pmd/rx', token, 'pass port.rx[0].token');
  return new RxQueue(internal, checked, poolOf(checked.pool));
}
