// Has everything that this process starts known to its owner: child processes, workers, ports and pools.
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Worker } from 'node:worker_threads';
import { type Owner, owner, type Started } from './owners.ts';

/** A process and all that it has started. */
function treeOf(pid: number): number[] {
  let children: string;
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return []; // it has ended
  }
  return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(treeOf)];
}

class StartedProcess implements Started {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  get name(): string {
    return `process ${this.#child.pid} (${this.#child.spawnargs.join(' ')})`;
  }

  isOver(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  async end(): Promise<void> {
    await Promise.resolve(); // it may be about to be started
    if (this.isOver()) return;
    const ended = once(this.#child, 'exit');
    for (const pid of treeOf(this.#child.pid!)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await ended;
  }
}

class StartedWorker implements Started {
  readonly #worker: Worker;
  readonly name: string;
  #isOver = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.name = `worker ${worker.threadId}`;
    worker.once('exit', () => {
      this.#isOver = true;
    });
  }

  isOver(): boolean {
    return this.#isOver;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

type Done<T> = (error: unknown, value: T) => void;

/** The functions of the addon that open and close. What they return or call back with has an `error` if they failed. */
interface Control {
  /** The last argument is called when the port is open. */
  openPort(address: string, ...rest: unknown[]): unknown;
  closePort(id: number, done: () => void): unknown;
  /** So is this one's, when the pool is there. */
  createPool(buffers: number, ...rest: unknown[]): unknown;
  closePool(id: number): { error?: unknown } | undefined;
}

/** What has a number in the addon: a port or a pool. */
class Opened implements Started {
  static readonly ports = new Map<number, Opened>();
  static readonly pools = new Map<number, Opened>();
  readonly name: string;
  readonly #close: () => Promise<void> | void;
  #isOver = false;

  constructor(name: string, close: () => Promise<void> | void) {
    this.name = name;
    this.#close = close;
  }

  isOver(): boolean {
    return this.#isOver;
  }

  /** Somebody closes it. */
  closing(): void {
    this.#isOver = true;
  }

  async end(): Promise<void> {
    this.closing();
    await this.#close();
  }
}

/** Notes what the owner has opened, until it is closed. */
function note(by: Owner | undefined, all: Map<number, Opened>, id: number, opened: Opened): void {
  all.set(id, opened);
  by?.add(opened);
}

/** Wraps the addon's functions in its table, in which the library looks each of them up. */
function watchControl(control: Control): void {
  const { openPort, closePort, createPool, closePool } = control;
  const { ports, pools } = Opened;
  control.openPort = (address, ...rest) => {
    const by = owner();
    const done = rest.pop() as Done<{ id: number }>;
    return openPort(address, ...rest, ((error, opened) => {
      if (error === undefined) {
        const close = () => new Promise<void>((closed) => closePort(opened.id, closed));
        note(by, ports, opened.id, new Opened(`port ${address}`, close));
      }
      done(error, opened);
    }) satisfies Done<{ id: number }>);
  };
  control.closePort = (id, done) => {
    ports.get(id)?.closing();
    return closePort(id, done);
  };
  control.createPool = (buffers, ...rest) => {
    const by = owner();
    const done = rest.pop() as Done<number>;
    return createPool(buffers, ...rest, ((error, id) => {
      if (error === undefined) {
        note(by, pools, id, new Opened(`pool of ${buffers} buffers`, () => void closePool(id)));
      }
      done(error, id);
    }) satisfies Done<number>);
  };
  control.closePool = (id) => {
    const outcome = closePool(id); // which refuses while a port is open
    if (outcome?.error === undefined) pools.get(id)?.closing();
    return outcome;
  };
}

const { cache } = createRequire(import.meta.url);
const watched = new Set<unknown>();

/** The addon is there once a test file has imported the library, which not all do. */
export function watchAddons(): void {
  for (const module of Object.values(cache)) {
    const control = (module?.exports as { control?: Control } | undefined)?.control;
    if (!module?.filename?.endsWith('.node') || typeof control?.openPort !== 'function') continue;
    if (watched.has(control)) continue;
    watched.add(control);
    watchControl(control);
  }
}

export function watchProcesses(): void {
  subscribe('child_process', (message) => {
    owner()?.add(new StartedProcess((message as { process: ChildProcess }).process));
  });
  subscribe('worker_threads', (message) => {
    owner()?.add(new StartedWorker((message as { worker: Worker }).worker));
  });
}
