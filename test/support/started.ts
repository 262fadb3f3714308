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

/** The part of the addon that opens and closes. */
interface Addon {
  openPort(config: { address: string }, ...rest: unknown[]): Promise<{ id: number }>;
  closePort(id: number, done: () => void): void;
  createPool(buffers: number, hugePages: string): Promise<number>;
  closePool(id: number): void;
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
function watchAddon(addon: Addon): void {
  const { openPort, closePort, createPool, closePool } = addon;
  const { ports, pools } = Opened;
  addon.openPort = async (config, ...rest) => {
    const by = owner();
    const opened = await openPort(config, ...rest);
    const close = () => new Promise<void>((done) => closePort(opened.id, done));
    note(by, ports, opened.id, new Opened(`port ${config.address}`, close));
    return opened;
  };
  addon.closePort = (id, done) => {
    ports.get(id)?.closing();
    closePort(id, done);
  };
  addon.createPool = async (buffers, hugePages) => {
    const by = owner();
    const id = await createPool(buffers, hugePages);
    note(by, pools, id, new Opened(`pool of ${buffers} buffers`, () => closePool(id)));
    return id;
  };
  addon.closePool = (id) => {
    closePool(id); // which refuses while a port is open
    pools.get(id)?.closing();
  };
}

const { cache } = createRequire(import.meta.url);
const watched = new Set<unknown>();

/** The addon is there once a test file has imported the library, which not all do. */
export function watchAddons(): void {
  for (const module of Object.values(cache)) {
    const exported = module?.exports as Addon | undefined;
    if (!module?.filename?.endsWith('.node') || typeof exported?.openPort !== 'function') continue;
    if (watched.has(exported)) continue;
    watched.add(exported);
    watchAddon(exported);
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
