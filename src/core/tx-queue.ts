import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { type InspectOptions, inspect } from 'node:util';
import { Burst } from './burst.ts';
import { checkCount, checkInteger, checkInternal, checkOptions, checkSignal, internal } from './check.ts';
import { PmdError } from './errors.ts';
import { CallSlot } from './layout.ts';
import { addon, call, type NativeTxQueue, refusal } from './native.ts';
import { type Pool, poolOf } from './pool.ts';
import { checkToken, detached as detachedHandle, type TxQueueToken } from './queue-token.ts';
import { RxQueue } from './rx-queue.ts';
import { type NativeRate, nativeRate, type TxRate } from './tx-rate.ts';

// One function for all queues, which the call block names. What a burst call uses is a constant of this module: V8 compiles
// that in, but looks an import up each time (docs/performance.md).
const { send, exchange, reclaim } = addon;
const { handleOf } = Burst;
const callBlock = call;
const callSlot = CallSlot;
const rxQueue = RxQueue;
// Turns of the event loop before it sleeps between looks: a ring of frames leaves in less.
const turnsBeforeSleep = 64;
/** What timers take at most. */
const longestMs = 2 ** 31 - 1;
const noBurst = { indices: new Uint32Array() };
const detached = detachedHandle;

/** How {@link TxQueue.drain} waits. */
export interface DrainOptions {
  /** How long at most, in milliseconds, 0 to 3 600 000. Default 1000. */
  timeoutMs?: number;
}

/** How {@link TxQueue.room} waits. */
export interface RoomOptions {
  signal?: AbortSignal;
}

/** Sends frames. It belongs to the thread that first sends on it. */
export class TxQueue {
  readonly token: TxQueueToken;
  /** The port's pool, as this thread uses it: bursts for this queue are made of it. */
  readonly pool: Pool;
  readonly #token: TxQueueToken;
  /** Once this thread is attached to the queue. */
  #functions: NativeTxQueue | undefined;
  #handle = detached;
  #rate: NativeRate | [] = [];
  /** What the queue had sent when it was last waited for. */
  #sentBefore = -1;

  /** @internal */
  constructor(key: typeof internal, token: TxQueueToken, pool: Pool) {
    checkInternal(key, 'a queue', 'use those of a port, or attachRxQueue() and attachTxQueue()');
    this.#token = Object.freeze(token);
    this.token = token;
    this.pool = pool;
  }

  #attach(): number {
    const functions = addon.attachTx(this.#token.port, this.#token.queue, this.#token.pool);
    functions.setRate(...this.#rate);
    this.#functions = functions;
    this.#handle = functions.handle;
    return functions.handle;
  }

  /** @internal */
  static handleOf(tx: TxQueue): number {
    return tx.#handle === detached ? tx.#attach() : tx.#handle;
  }

  /**
   * Gives frames from the front of the burst to the device and returns how many; what did not fit the ring stays in the
   * burst, at its front. 0 while the port recovers. Sent frames are not to be touched any more. Frames shorter than 60
   * bytes are padded with zeros.
   *
   * With `max`, of the burst's first `max` entries those that are whole frames. What stays moves to the front, which costs a copy of
   * its entries. A frame of more entries ({@link Burst.chain}) than `max` stays, and all behind it.
   *
   * @throws {PmdError} `ERR_PMD_NOT_OWNER` or `ERR_PMD_FRAME_LENGTH`, naming the entry: then nothing was sent.
   * `ERR_PMD_CLOSED`, `ERR_PMD_REMOVED`, `ERR_PMD_POOL_MISMATCH` (open both ports with one pool, or copy).
   */
  send(burst: Burst, max?: number): number {
    const handle = handleOf(burst);
    if (max !== undefined && checkCount('max', max) < burst.count) {
      return Burst.sendFront(burst, max, () => this.send(burst));
    }
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
    const from = rxQueue.handleOf(rx);
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

  /**
   * Limits how fast this thread sends on the queue; null lifts the limit. In any time t, `send` and {@link exchange} give the device at
   * most what may go at once and the rate times t. What is above it stays in the burst, as with a full ring. It is exact, there is
   * no timer, and it holds over {@link detach}. A frame longer than what may go at once goes when all of that has gathered, and the next
   * one waits for the longer.
   *
   * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT`; and what the first call of `send` throws when another thread has the queue.
   */
  setRate(rate: TxRate | null): void {
    const limit: NativeRate | [] = rate === null ? [] : nativeRate(rate);
    if (this.#handle === detached) this.#attach();
    this.#functions!.setRate(...limit);
    this.#rate = limit;
  }

  /**
   * Resolves when the ring has room and the rate allows what the last `send` had to leave: send again then. The event loop turns at
   * least once. It may resolve early: when a port of the kernel takes no frame, nobody tells when it would.
   *
   * @throws {PmdError} as {@link send} does of a port that is closed or removed. An `AbortError` when the signal aborts.
   */
  async room(options: RoomOptions = {}): Promise<void> {
    const { signal } = checkOptions('options', options, ['signal']);
    if (signal !== undefined) checkSignal('signal', signal);
    this.pending(); // refuses a port that is closed
    const { packets } = this.#look();
    const stands = packets === this.#sentBefore;
    this.#sentBefore = packets;
    await (stands ? setTimeout(1, undefined, { signal }) : setImmediate(undefined, { signal }));
    for (let turns = 0; ; turns++) {
      if (this.#handle === detached) return;
      this.pending();
      const waitNs = this.#functions!.roomNs();
      if (waitNs === 0) return;
      const waitMs = waitNs < 0 ? Number(turns >= turnsBeforeSleep) : Math.floor(waitNs / 1e6);
      await (waitMs > 0
        ? setTimeout(Math.min(waitMs, longestMs), undefined, { signal })
        : setImmediate(undefined, { signal }));
    }
  }

  /** Frames that the device was given and has not reported sent. While the port recovers, those that were on its ring when that began. */
  pending(): number {
    callBlock[callSlot.tx] = this.#handle === detached ? this.#attach() : this.#handle;
    addon.countUnsent();
    const result = callBlock[callSlot.result]!;
    if (result < 0) throw refusal(result, noBurst, this.#token.address);
    return result;
  }

  /**
   * Resolves when the device has reported sent all that it was given. The event loop turns meanwhile.
   *
   * @throws {PmdError} `ERR_PMD_NOT_SENT`, with how many frames are left and why: after the time that was allowed, when the
   * rest may still go out; when the device was reset, which loses what was on its ring; or after {@link detach}. `ERR_PMD_CLOSED`,
   * `ERR_PMD_REMOVED`.
   */
  async drain(options: DrainOptions = {}): Promise<void> {
    const { timeoutMs = 1000 } = checkOptions('options', options, ['timeoutMs']);
    const endMs = performance.now() + checkInteger('timeoutMs', timeoutMs, 0, 3_600_000);
    this.pending(); // which refuses a token that names no queue
    const lostBefore = this.#look().lost;
    let caught = 0; // by a reset, which has perhaps counted them before: they are lost all the same
    for (let turns = 0; ; turns++) {
      const isLastLook = performance.now() >= endMs; // before it: this thread may be held up at any time
      const left = this.pending();
      const { state, obstacle } = this.#look();
      if (left === 0 && state === 'running') break;
      if (state === 'recovering') caught = left;
      if (isLastLook) {
        if (left === 0) break; // it recovers, and had nothing to send
        throw this.#notSent(left, state === 'recovering' ? 'the port recovers' : obstacle);
      }
      await (turns < turnsBeforeSleep ? setImmediate() : setTimeout(1));
      if (this.#handle === detached) throw this.#notSent(left, 'the queue was given up');
    }
    const lost = this.#look().lost - lostBefore || caught;
    if (lost > 0) throw this.#notSent(lost, 'the device was reset');
  }

  /** The state of what sends, what may keep it from that, and how many frames it has sent, and lost by resets. */
  #look(): { state: string; obstacle: string; packets: number; lost: number } {
    const { address, port, queue } = this.#token;
    if (address.startsWith('ring:')) {
      const { sent } = addon.ringState(port);
      return { state: 'running', obstacle: 'nobody receives them', packets: sent, lost: 0 };
    }
    const { state, link, tx } = addon.portSnapshot(port);
    const obstacle = link.up ? 'the device does not send' : 'the link is down';
    const { packets, unsent } = tx[queue]!;
    return { state, obstacle, packets, lost: unsent };
  }

  #notSent(frames: number, why: string): PmdError {
    const { address } = this.#token;
    return new PmdError('ERR_PMD_NOT_SENT', `${frames} frames were not sent: ${why}`, {
      address,
      hint: "wait for 'link' or 'recovered', or allow more time",
    });
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `TxQueue ${inspect(this.#token, options)}`;
  }

  /** Gives the queue up, so that another thread can use it. */
  detach(): void {
    this.#functions?.detach();
    this.#functions = undefined;
    this.#handle = detached;
  }
}

/** Uses a TX queue of another thread's port, by its {@link TxQueue.token}, in this one. */
export function attachTxQueue(token: TxQueueToken): TxQueue {
  const checked = checkToken('vfio-pmd/tx', token, 'pass port.tx[0].token');
  return new TxQueue(internal, checked, poolOf(checked.pool));
}
