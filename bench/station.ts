import {
  attachRxQueue,
  attachTxQueue,
  type Burst,
  createPool,
  type Pool,
  type PoolOptions,
  type RxQueue,
  type TxQueue,
} from '../src/index.ts';
import { bench, type CoreLoop } from './addon.ts';
import type { Work } from './sections.ts';

/** One section's work: `frames` in bursts of `burst`. */
export interface Shape {
  burst: number;
  frames: number;
}

/** A pool and a port on a device that the measuring thread advances: never an empty ring, and no other core at work. */
export class Station {
  readonly pool: Pool;
  /** The pool's memory, four bytes at a time. */
  readonly words: Uint32Array;
  /** The same, numbers of any size and order of bytes. */
  readonly data: DataView;
  readonly port: number;
  readonly rx: RxQueue;
  readonly tx: TxQueue;

  private constructor(pool: Pool, port: number) {
    this.pool = pool;
    this.words = new Uint32Array(pool.bytes.buffer);
    this.data = new DataView(pool.bytes.buffer);
    this.port = port;
    const names = { address: 'emu:bench', port, queue: 0, pool: pool.token.pool };
    this.rx = attachRxQueue({ kind: 'vfio-pmd/rx', ...names });
    this.tx = attachTxQueue({ kind: 'vfio-pmd/tx', ...names });
  }

  static async open({ ring = 512, ...options }: PoolOptions & { ring?: number } = {}): Promise<Station> {
    return Station.#with(await createPool(options), ring);
  }

  /** Two with one pool, to forward between. */
  static async openTwo(): Promise<[Station, Station]> {
    const pool = await createPool();
    return [Station.#with(pool, 512), Station.#with(pool, 512)];
  }

  static #with(pool: Pool, ring: number): Station {
    return new Station(pool, bench.openPort(pool.token.pool, ring));
  }

  /** From here on the stopwatch steps this port's device. */
  use(): void {
    bench.use(this.port);
  }

  /** A loop in C++ on this port. */
  coreWork(loop: CoreLoop, { burst, frames }: Shape): Work {
    const side = (name: CoreLoop) => (sections: number) =>
      bench.runCore(name, this.port, this.pool.token.pool, burst, frames, sections);
    return { side: side(loop), empty: side('nothing') };
  }

  bursts(count: number, capacity: number): Burst[] {
    return Array.from({ length: count }, () => this.pool.createBurst(capacity));
  }

  close(): Promise<void> {
    return Station.closeAll([this]);
  }

  /** All that have one pool. */
  static async closeAll(stations: readonly [Station, ...Station[]]): Promise<void> {
    for (const { rx, tx, port } of stations) {
      rx.detach();
      tx.detach();
      bench.closePort(port);
    }
    await stations[0].pool.close();
  }
}
