import type { Burst } from '../core/burst.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { RxQueue } from '../core/queues.ts';
import { BurstSizes } from './burst-sizes.ts';
import type { Work } from './work.ts';

/** Receives every frame that arrives at any of the ports, and releases it. */
export class Receiver implements Work {
  readonly sends = false;
  readonly bursts = new BurstSizes();
  readonly txDropped: readonly number[];
  readonly #queues: readonly RxQueue[];
  readonly #burst: Burst;

  constructor(pool: Pool, ports: readonly Port[], burstSize: number) {
    this.txDropped = ports.map(() => 0);
    this.#queues = ports.map((port) => port.rx[0]);
    this.#burst = pool.createBurst(burstSize);
  }

  round(budget: number): number {
    let moved = 0;
    const queues = this.#queues;
    for (let i = 0; i < queues.length; i++) {
      const received = queues[i]!.receive(this.#burst, budget - moved);
      if (received === 0) continue;
      this.#burst.release();
      this.bursts.add(received);
      moved += received;
    }
    return moved;
  }

  release(): void {
    this.#burst.release();
  }
}
