import type { Burst } from '../core/burst.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { RxQueue } from '../core/rx-queue.ts';
import { restoreTags } from '../net/restore-tags.ts';
import { BurstSizes } from './burst-sizes.ts';
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

  /** @param onBurst Hears of every burst before it is released, with the tags of its frames. */
  constructor(
    pool: Pool,
    ports: readonly Port[],
    burstSize: number,
    onBurst?: (port: Port, burst: Burst) => void,
  ) {
    this.txDropped = ports.map(() => 0);
    this.#ports = ports;
    this.#onBurst = onBurst;
    this.#queues = ports.map((port) => port.rx[0]);
    this.#burst = pool.createBurst(burstSize);
  }

  round(budget: number): number {
    let moved = 0;
    const queues = this.#queues;
    for (let i = 0; i < queues.length; i++) {
      const received = queues[i]!.receive(this.#burst, budget - moved);
      if (received === 0) continue;
      if (this.#onBurst !== undefined) this.#show(i);
      this.#burst.release();
      this.bursts.add(received);
      moved += received;
    }
    return moved;
  }

  #show(port: number): void {
    restoreTags(this.#burst);
    this.#onBurst!(this.#ports[port]!, this.#burst);
  }

  release(): void {
    this.#burst.release();
  }
}
