import type { Burst } from '../core/burst.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { RxQueue } from '../core/rx-queue.ts';
import { restoreTags } from '../net/restore-tags.ts';
import type { Outcome } from '../results/outcome.ts';
import { BurstSizes } from './burst-sizes.ts';
import type { FrameFilter } from './frame-filter.ts';
import type { Work } from './work.ts';

/** Receives every frame that arrives at any of the ports, and releases it. */
export class Receiver implements Work {
  readonly sends = false;
  readonly bursts = new BurstSizes();
  readonly txDropped: readonly number[];
  readonly #queues: readonly RxQueue[];
  readonly #burst: Burst;
  readonly #ports: readonly Port[];
  readonly #onBurst: ((port: Port, burst: Burst) => void) | undefined;

  readonly #looks: boolean;
  readonly #filter: FrameFilter | undefined;

  /**
   * @param onBurst Hears of every burst before it is released, with the tags of its frames.
   * @param filter Says of which frames `onBurst` hears, tags included.
   */
  constructor(
    pool: Pool,
    ports: readonly Port[],
    burstSize: number,
    onBurst?: (port: Port, burst: Burst) => void,
    filter?: FrameFilter,
  ) {
    this.#filter = filter;
    this.txDropped = ports.map(() => 0);
    this.#ports = ports;
    this.#onBurst = onBurst;
    this.#looks = onBurst !== undefined || filter !== undefined;
    this.#queues = ports.map((port) => port.rx[0]);
    this.#burst = pool.createBurst(burstSize);
  }

  round(budget: number): number {
    let moved = 0;
    const queues = this.#queues;
    for (let i = 0; i < queues.length; i++) {
      const received = queues[i]!.receive(this.#burst, budget - moved);
      if (received === 0) continue;
      if (this.#looks) this.#look(i);
      this.#burst.release();
      this.bursts.add(received);
      moved += received;
    }
    return moved;
  }

  #look(port: number): void {
    restoreTags(this.#burst);
    if (this.#filter?.keep(this.#burst) === 0) return;
    this.#onBurst?.(this.#ports[port]!, this.#burst);
  }

  async finish(): Promise<Outcome> {
    return this.#filter?.outcome ?? { details: {}, notes: [] };
  }

  release(): void {
    this.#burst.release();
  }
}
