/** How a queue is waited for in native code: `wait` calls back once, and keeps nothing alive but the callback. */
export interface NativeWait {
  wait(callback: () => void): void;
  cancelWait(): void;
}

/** Readers of one queue in this thread that sleep until it may have frames. */
export class Sleepers {
  readonly #native: () => NativeWait | undefined;
  readonly #asleep = new Set<() => void>();
  readonly #wakeAll = (): void => {
    for (const wake of [...this.#asleep]) wake();
  };

  /** `native`: of the queue, once this thread is attached to it. */
  constructor(native: () => NativeWait | undefined) {
    this.#native = native;
  }

  /** Calls `wake`, once or more often, when frames may have come, until it is removed. */
  add(wake: () => void): void {
    this.#asleep.add(wake);
    this.#native()?.wait(this.#wakeAll);
  }

  remove(wake: () => void): void {
    if (this.#asleep.delete(wake) && this.#asleep.size === 0) this.#native()?.cancelWait();
  }
}
