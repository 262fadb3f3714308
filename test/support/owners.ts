import { AsyncLocalStorage } from 'node:async_hooks';

/** Something that has been started, and must have ended when whoever started it is over. */
export interface Started {
  /** What a message calls it. */
  readonly name: string;
  isOver(): boolean;
  /** Ends it, whatever it does, and waits for that. */
  end(): Promise<void>;
}

/** A test, or a suite with its hooks: what it starts is its own, until the end. */
export class Owner {
  readonly #started = new Set<Started>();
  #isOver = false;

  /** A test whose time is up may go on for a while: what it still starts is ended at once. */
  add(started: Started): void {
    if (this.#isOver) void started.end();
    else this.#started.add(started);
  }

  /** Ends what has not ended by itself; returns what that was. */
  async settle(): Promise<string[]> {
    this.#isOver = true;
    const left: string[] = [];
    // What came last may stand on what came first.
    for (const started of [...this.#started].reverse()) {
      if (started.isOver()) continue;
      left.push(started.name);
      await started.end();
    }
    this.#started.clear();
    return left;
  }
}

const current = new AsyncLocalStorage<Owner | undefined>();

/** Who starts what is started now: it follows the asynchronous calls of a test, also when another test has begun meanwhile. */
export function owner(): Owner | undefined {
  return current.getStore();
}

/** From here on, this thread of calls works for the owner. */
export function workFor(next: Owner): void {
  current.enterWith(next);
}

/** Starts something that no test owns: it stays until the process ends. */
export function forTheProcess<T>(start: () => T): T {
  return current.exit(start);
}
