import { createPool, type Pool } from '../core/pool.ts';
import { openPort, type Port } from '../core/port.ts';

export interface PortGroupOptions {
  rxRing: number;
  txRing: number;
  burstSize: number;
  /** Of the pool. Default: what the ports need, at least 4096. */
  buffers?: number | undefined;
}

/** Ports that share one pool. */
export class PortGroup implements AsyncDisposable {
  readonly pool: Pool;
  readonly ports: readonly Port[];

  private constructor(pool: Pool, ports: readonly Port[]) {
    this.pool = pool;
    this.ports = ports;
  }

  /** Opens all of them or none. */
  static async open(addresses: readonly string[], options: PortGroupOptions): Promise<PortGroup> {
    const { rxRing, txRing } = options;
    const pool = await createPool({ buffers: options.buffers ?? defaultBuffers(addresses.length, options) });
    const ports: Port[] = [];
    try {
      for (const address of addresses) ports.push(await openPort(address, { pool, rxRing, txRing }));
    } catch (error) {
      await new PortGroup(pool, ports).close();
      throw error;
    }
    return new PortGroup(pool, ports);
  }

  async close(): Promise<void> {
    await Promise.all(this.ports.map((port) => port.close()));
    await this.pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Beside the rings, each port has buffers in a thread's cache, and in bursts. */
function defaultBuffers(ports: number, { rxRing, txRing, burstSize }: PortGroupOptions): number {
  return Math.max(4096, ports * (rxRing + txRing + burstSize + 1024));
}
