import {
  createPool,
  openPort,
  type Pool,
  type PoolOptions,
  type Port,
  type PortOptions,
} from '../../src/index.ts';

let wires = 0;

/** A name for an emulated wire that no other test uses, whatever the order and the number of processes. */
export function freshName(): string {
  wires += 1;
  return `t${process.pid}-${wires}`;
}

export const freshAddress = (): string => `emu:${freshName()}`;
export const freshFlood = (size = 60): string => `emu:${freshName()},peer=flood,size=${size}`;

/** Closes what a test has opened when the test ends, whichever way: ports first, as pools wait for them. */
export class Closing {
  readonly #ports: Port[] = [];
  readonly #pools: Pool[] = [];

  async port(address: string, options?: PortOptions): Promise<Port> {
    const port = await openPort(address, options);
    this.#ports.push(port);
    return port;
  }

  /** Both ends of a new wire. */
  async wire(left: PortOptions = {}, right: PortOptions = left): Promise<[Port, Port]> {
    const address = freshAddress();
    return [await this.port(address, left), await this.port(address, right)];
  }

  async pool(options: PoolOptions = { hugePages: 'never' }): Promise<Pool> {
    const pool = await createPool(options);
    this.#pools.push(pool);
    return pool;
  }

  async close(): Promise<void> {
    await Promise.all(this.#ports.splice(0).map((port) => port.close()));
    for (const pool of this.#pools.splice(0)) if (!pool.closed) await pool.close();
  }
}

/** Runs a test body with a {@link Closing} of its own: `it('…', closing(async (open) => { … }))`. */
export function closing(body: (open: Closing) => Promise<void>): () => Promise<void> {
  return async () => {
    const open = new Closing();
    try {
      await body(open);
    } finally {
      await open.close();
    }
  };
}
