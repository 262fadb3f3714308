import { addAbortListener } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Burst } from './burst.ts';
import {
  checkBoolean,
  checkInteger,
  checkInternal,
  checkOneOf,
  checkOptions,
  checkSignal,
  internal,
} from './check.ts';
import { monotonicNs } from './clock.ts';
import { PmdError } from './errors.ts';
import { Limit } from './layout.ts';
import { addon } from './native.ts';
import type { BurstOptions, Pool } from './pool.ts';
import type { Sleepers } from './sleepers.ts';

/** How an iteration takes turns with the rest of the program. */
export interface FramesOptions {
  /** Most frames that are received at once, 1 to 1024. Default 32. */
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

/** How {@link RxQueue.bursts} iterates. */
export interface BurstsOptions extends BurstOptions, FramesOptions {}

// A turn of the event loop costs about 2.5 us: a hundredth of that.
const defaultSliceUs = 200;
const longestSliceUs = 1_000_000;
/** Turns without a frame before the iteration sleeps. */
const turnsBeforeSleep = { throughput: 0, latency: 64 } as const;

type Plan = Required<Omit<BurstsOptions, 'signal'>> & { signal: AbortSignal | undefined };

/** What an iteration reads from, as this thread uses it. */
export interface FrameSource {
  readonly pool: Pool;
  readonly sleepers: Sleepers;
  /** Those that have begun, and not ended. */
  readonly iterations: Set<Iteration<unknown>>;
  receive(burst: Burst): number;
  /** Whether no frame comes any more. */
  ended(): boolean;
}

function checkPlan(given: BurstsOptions, known: readonly (keyof BurstsOptions)[]): Plan {
  const {
    capacity = 32,
    timestamps = false,
    columns = [],
    signal,
    sliceUs = defaultSliceUs,
    priority = 'throughput',
  } = checkOptions('options', given, known);
  checkInteger('capacity', capacity, 1, Limit.burst);
  if (signal !== undefined) checkSignal('signal', signal);
  checkBoolean('timestamps', timestamps);
  checkInteger('sliceUs', sliceUs, 1, longestSliceUs);
  checkOneOf('priority', priority, ['latency', 'throughput']);
  return { capacity, timestamps, columns, signal, sliceUs, priority };
}

const framesOptions = ['capacity', 'signal', 'sliceUs', 'priority'] as const;

/** @internal */
export function iterateBursts(source: FrameSource, options: BurstsOptions): Iteration<Burst> {
  const plan = checkPlan(options, ['timestamps', 'columns', ...framesOptions]);
  return new Iteration(internal, source, plan, (bursts) => bursts);
}

/** @internal */
export function iterateFrames(source: FrameSource, options: FramesOptions): Iteration<Buffer> {
  return new Iteration(internal, source, checkPlan(options, framesOptions), copies);
}

/** Ends what has begun: the queue is another thread's. @internal */
export function stopIterations(source: FrameSource): void {
  for (const iteration of source.iterations) Iteration.stop(iteration);
}

/** Releases what loops have not released yet: the port's own pool ends, and nobody could. @internal */
export function releaseIterated(source: FrameSource): void {
  for (const iteration of source.iterations) Iteration.release(iteration);
}

/** A copy of each frame. The burst is free again before the first of them is handed on. */
async function* copies(
  bursts: AsyncGenerator<Burst, void>,
  isStopped: () => boolean,
): AsyncGenerator<Buffer, void> {
  for await (const burst of bursts) {
    const frames = copiesIn(burst);
    burst.release();
    for (const frame of frames) {
      yield frame;
      if (isStopped()) return;
    }
  }
}

function copiesIn(burst: Burst): Buffer[] {
  const frames: Buffer[] = [];
  for (let i = 0, entries = 1; i < burst.count; i += entries) {
    entries = burst.frameEntries(i);
    frames.push(Buffer.concat(Array.from({ length: entries }, (_, k) => burst.frame(i + k))));
  }
  return frames;
}

/**
 * What `for await` reads from a queue: bursts ({@link RxQueue.bursts}) or copies of frames ({@link RxQueue.frames}). It sleeps while
 * there is none, and keeps the event loop alive unless {@link unref} was called.
 */
export class Iteration<T> implements AsyncGenerator<T, void, undefined> {
  readonly #source: FrameSource;
  readonly #plan: Plan;
  readonly #body: AsyncGenerator<T, void>;
  #burst: Burst | undefined;
  /** While it sleeps. */
  #wake: (() => void) | undefined;
  #isStopped = false;
  #isRef = true;
  #isHeld = false;

  /** @internal */
  constructor(
    key: typeof internal,
    source: FrameSource,
    plan: Plan,
    itemsOf: (bursts: AsyncGenerator<Burst, void>, isStopped: () => boolean) => AsyncGenerator<T, void>,
  ) {
    checkInternal(key, 'an iteration', 'use rx.bursts() or rx.frames()');
    this.#source = source;
    this.#plan = plan;
    this.#body = itemsOf(this.#bursts(), () => this.#isStopped);
  }

  /** Stops it, whether it has begun or not. @internal */
  static stop(iteration: Iteration<unknown>): void {
    iteration.#isStopped = true;
    iteration.#wake?.();
  }

  /** @internal */
  static release(iteration: Iteration<unknown>): void {
    try {
      iteration.#burst?.release();
    } catch {
      // What is written in it is wrong: then its frames are told of as held.
    }
  }

  next(): Promise<IteratorResult<T, void>> {
    return this.#body.next();
  }

  /** Ends the iteration, also while it waits for a frame: a `next()` that waits resolves with `done`. */
  return(): Promise<IteratorResult<T, void>> {
    Iteration.stop(this);
    return this.#body.return();
  }

  /** The same, and rejects with `error` what comes of it. */
  throw(error: unknown): Promise<IteratorResult<T, void>> {
    Iteration.stop(this);
    return this.#body.throw(error);
  }

  /** Lets the program end while the iteration waits for frames. It goes on for as long as something else keeps the event loop alive. */
  unref(): this {
    this.#isRef = false;
    this.#hold(false);
    return this;
  }

  /** Keeps the event loop alive again, as from the beginning. */
  ref(): this {
    this.#isRef = true;
    this.#hold(this.#wake !== undefined);
    return this;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async *#bursts(): AsyncGenerator<Burst, void> {
    const { capacity, timestamps, columns, signal, sliceUs, priority } = this.#plan;
    if (this.#isStopped || signal?.aborted) return;
    const source = this.#source;
    const { pool, iterations } = source;
    const burst = pool.createBurst(capacity, { timestamps, columns });
    const idleTurns = turnsBeforeSleep[priority];
    const listener = signal && addAbortListener(signal, () => Iteration.stop(this));
    this.#burst = burst;
    iterations.add(this);
    try {
      for (let turnsLeft = idleTurns; !this.#isStopped; ) {
        const end = monotonicNs() + sliceUs * 1000;
        let count = source.receive(burst);
        while (count > 0) {
          yield burst;
          burst.release();
          if (this.#isStopped) return;
          turnsLeft = idleTurns;
          if (monotonicNs() >= end) break;
          count = source.receive(burst);
        }
        if (count > 0 || turnsLeft-- > 0) await this.#turn();
        else if (source.ended()) return;
        else await this.#sleep();
      }
    } catch (error) {
      if (!(error instanceof PmdError && error.code === 'ERR_PMD_CLOSED')) throw error;
    } finally {
      iterations.delete(this);
      listener?.[Symbol.dispose]();
      this.#burst = undefined;
      if (!pool.closed) burst.release();
    }
  }

  /** An immediate that was unref'd does not run while the event loop waits for something else: then a sleep with frames ends at once. */
  #turn(): Promise<void> {
    return this.#isRef ? setImmediate() : this.#sleep();
  }

  /** Sleeps until frames may have come, the port recovered or was closed, or the iteration is stopped. */
  #sleep(): Promise<void> {
    const { sleepers } = this.#source;
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = undefined;
        sleepers.remove(wake);
        this.#hold(false);
        resolve();
      };
      this.#wake = wake;
      this.#hold(this.#isRef);
      sleepers.add(wake);
    });
  }

  #hold(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    addon.holdLoop(isHeld);
  }
}
