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
  isAddress,
} from './check.ts';
import { describe, invalidArgument, PmdError } from './errors.ts';
import { CallSlot, Limit } from './layout.ts';
import { addon, call, refusal } from './native.ts';
import { type BurstOptions, type Pool, poolOf } from './pool.ts';

interface TokenOfQueue<Kind extends string> {
  readonly kind: Kind;
  readonly address: string;
  readonly port: number;
  readonly queue: number;
  readonly pool: number;
}

/** What names an RX queue across threads: plain data, to be posted to a worker. */
export type RxQueueToken = TokenOfQueue<'vfio-pmd/rx'>;
/** What names a TX queue across threads. */
export type TxQueueToken = TokenOfQueue<'vfio-pmd/tx'>;
/** What names a queue of either kind. */
export type QueueToken = RxQueueToken | TxQueueToken;

/** How {@link RxQueue.bursts} iterates. */
export interface BurstsOptions extends BurstOptions {
  /** Most frames per burst, 1 to 1024. Default 32. */
  capacity?: number;
  /** Ends the iteration. */
  signal?: AbortSignal | undefined;
}

// A turn of the event loop costs about 2.5 us; polling a few times per turn spreads that, and stays far below what
// timers and sockets of the same thread would notice.
const pollsPerTurn = 8;
// Turns without a frame before the iterator sleeps: a fraction of a millisecond, longer than the gaps of steady traffic.
const turnsBeforeSleep = 64;

// One function for all queues, which the call block names. What a burst call uses is a constant of this module: V8 compiles
// that in, but looks an import up each time (docs/performance.md).
const { receive, send, exchange, reclaim } = addon;
const { handleOf } = Burst;
const callBlock = call;
const callSlot = CallSlot;
const checkNumber = checkCount;

/** The handle of a queue that this thread is not attached to. */
const detached = -1;

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
   * Bursts as they arrive, until the port is closed or the signal aborts. Each is the same object, filled again: frames
   * that are still in it when the next one is asked for are released. Between polls the event loop turns; a queue that
   * stays empty sleeps until the device's interrupt, and costs no CPU.
   *
   * @throws {PmdError} `ERR_PMD_REMOVED` when the device was removed.
   */
  bursts(options: BurstsOptions = {}): AsyncGenerator<Burst, void, undefined> {
    const known = ['capacity', 'timestamps', 'columns', 'signal'] as const;
    const {
      capacity = 32,
      timestamps = false,
      columns = [],
      signal,
    } = checkOptions('options', options, known);
    checkInteger('capacity', capacity, 1, Limit.burst);
    if (signal !== undefined) checkSignal('signal', signal);
    checkBoolean('timestamps', timestamps);
    return this.#poll(capacity, { timestamps, columns }, signal);
  }

  async *#poll(
    capacity: number,
    options: BurstOptions,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Burst, void, undefined> {
    const burst = this.pool.createBurst(capacity, options);
    this.#iterated.add(burst);
    try {
      for (let idleTurns = 0; !signal?.aborted; idleTurns++) {
        for (let poll = 0; poll < pollsPerTurn; poll++) {
          if (this.receive(burst) === 0) continue;
          idleTurns = 0;
          yield burst;
          burst.release();
          if (signal?.aborted) return;
        }
        if (idleTurns < turnsBeforeSleep) await setImmediate();
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

/** Sends frames. It belongs to the thread that first sends on it. */
export class TxQueue {
  readonly token: TxQueueToken;
  /** The port's pool, as this thread uses it: bursts for this queue are made of it. */
  readonly pool: Pool;
  readonly #token: TxQueueToken;
  #detach: (() => void) | undefined;
  #handle = detached;

  /** @internal */
  constructor(key: typeof internal, token: TxQueueToken, pool: Pool) {
    checkInternal(key, 'a queue', 'use those of a port, or attachRxQueue() and attachTxQueue()');
    this.#token = Object.freeze(token);
    this.token = token;
    this.pool = pool;
  }

  #attach(): number {
    const functions = addon.attachTx(this.#token.port, this.#token.queue, this.#token.pool);
    this.#detach = functions.detach;
    this.#handle = functions.handle;
    return functions.handle;
  }

  /**
   * Gives frames from the front of the burst to the device and returns how many; what did not fit the ring stays in the
   * burst, at its front. 0 while the port recovers. Sent frames are not to be touched any more. Frames shorter than 60
   * bytes are padded with zeros.
   *
   * @throws {PmdError} `ERR_PMD_NOT_OWNER` or `ERR_PMD_FRAME_LENGTH`, naming the entry: then nothing was sent.
   * `ERR_PMD_CLOSED`, `ERR_PMD_REMOVED`, `ERR_PMD_POOL_MISMATCH` (open both ports with one pool, or copy).
   */
  send(burst: Burst): number {
    const handle = handleOf(burst);
    callBlock[callSlot.burst] = handle;
    callBlock[callSlot.tx] = this.#handle === detached ? this.#attach() : this.#handle;
    send();
    const result = callBlock[callSlot.result]!;
    if (result < 0) throw refusal(result, burst, this.#token.address);
    return result;
  }

  /**
   * Sends the burst and, when all of it went, receives the next one into it from `rx`: `send` and `receive` in one call,
   * for a loop that forwards. Returns how many frames were received. 0 when there are none, or when the ring was full: what
   * did not fit is still in the burst then, and goes with the next call.
   *
   * @throws {PmdError} as {@link send} and {@link RxQueue.receive} do. After an error of `rx` the burst has been sent.
   */
  exchange(burst: Burst, rx: RxQueue): number {
    const handle = handleOf(burst);
    const from = RxQueue.handleOf(rx);
    callBlock[callSlot.burst] = handle;
    callBlock[callSlot.rx] = from;
    callBlock[callSlot.tx] = this.#handle === detached ? this.#attach() : this.#handle;
    exchange();
    const result = callBlock[callSlot.result]!;
    if (result < 0) {
      const refusing = callBlock[callSlot.sent]! < 0 ? this.#token : RxQueue.tokenOf(rx);
      throw refusal(result, burst, refusing.address);
    }
    return result;
  }

  /**
   * Reclaims the buffers of frames that the device has sent; returns how many. `send` does this by itself, and so does
   * a `receive` that finds nothing.
   */
  reclaim(): number {
    callBlock[callSlot.tx] = this.#handle === detached ? this.#attach() : this.#handle;
    reclaim();
    return callBlock[callSlot.result]!;
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `TxQueue ${inspect(this.#token, options)}`;
  }

  /** Gives the queue up, so that another thread can use it. */
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

/** Uses a TX queue of another thread's port, by its {@link TxQueue.token}, in this one. */
export function attachTxQueue(token: TxQueueToken): TxQueue {
  const checked = checkToken('vfio-pmd/tx', token, 'pass port.tx[0].token');
  return new TxQueue(internal, checked, poolOf(checked.pool));
}

/** A copy of a token, in which nothing is certain: it may have come from anywhere. */
function checkToken<Kind extends QueueToken['kind']>(
  kind: Kind,
  token: TokenOfQueue<Kind>,
  hint: string,
): TokenOfQueue<Kind> {
  const { kind: given, address, port, queue, pool } = token ?? {};
  if (given !== kind || typeof address !== 'string' || !isAddress(address)) {
    throw invalidArgument(`this is not a token of kind ${kind}`, hint);
  }
  return {
    kind,
    address,
    port: checkCount("the token's port", port),
    queue: checkCount("the token's queue", queue),
    pool: checkCount("the token's pool", pool),
  };
}
