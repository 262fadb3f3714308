import assert from 'node:assert/strict';
import { addon } from '../../../src/core/native.ts';
import {
  type Burst,
  createPool,
  openPort,
  type Pool,
  type Port,
  type PortOptions,
} from '../../../src/index.ts';
import { fill, sequenceOf } from '../../support/frames.ts';
import { freshAddress, freshFlood } from '../../support/ports.ts';
import { settles, until } from '../../support/until.ts';

/** Makes something go wrong with a port's emulated device: the names are those of native/emulation/devices/igbvf/fault_commands.cc. */
export function inject(port: Port, ...faults: string[]): void {
  for (const fault of faults) addon.injectFault(port.rx[0].token.port, fault);
}

/** An address at which things go wrong from the first register access on. */
export const withFaults = (address: string, ...faults: string[]): string =>
  [address, ...faults.map((fault) => `fault=${fault}`)].join(',');

type Told = 'link' | 'recovering' | 'recovered' | 'failure' | 'refused' | 'removal';

/** Every event of a port, in order. */
export class Diary {
  readonly entries: { event: Told; detail: unknown }[] = [];
  readonly #port: Port;

  constructor(port: Port) {
    this.#port = port;
    for (const event of ['link', 'recovering', 'recovered', 'failure', 'refused', 'removal'] as const) {
      port.on(event, (detail: unknown) => this.entries.push({ event, detail }));
    }
  }

  names(): Told[] {
    return this.entries.map(({ event }) => event);
  }

  count(event: Told): number {
    return this.entries.filter((entry) => entry.event === event).length;
  }

  /** Waits until the event was told for the `nth` time; returns what came with it. */
  async told(event: Told, nth = 1): Promise<unknown> {
    try {
      await until(`${event} of ${this.#port.address}`, () => this.count(event) >= nth);
    } catch (error) {
      throw new Error(`${(error as Error).message}, but: ${JSON.stringify(this.entries)}`);
    }
    return this.entries.filter((entry) => entry.event === event)[nth - 1]!.detail;
  }
}

/**
 * No buffer is in two places: rings and application together have no more than there are. A buffer that is lost it can't see,
 * because what is nowhere else counts as free; {@link isWhole} can.
 */
export function addsUp(pool: Pool): void {
  const { free, rxRings, txRings, application } = pool.usage();
  assert.equal(free + rxRings + txRings + application, pool.buffers);
}

/** Nothing uses the pool any more: every buffer is free, and can really be had, once. */
export function isWhole(pool: Pool): void {
  assert.deepEqual(pool.usage(), { free: pool.buffers, rxRings: 0, txRings: 0, application: 0 });
  const { bursts, indices } = allOf(pool);
  assert.equal(new Set(indices).size, pool.buffers, 'a buffer is counted as free that nobody can have');
  for (const burst of bursts) burst.release();
}

/** Takes every buffer that this thread can have. */
export function allOf(pool: Pool): { bursts: Burst[]; indices: number[] } {
  const bursts: Burst[] = [];
  const indices: number[] = [];
  for (let had = -1; had !== 0; ) {
    const next = pool.createBurst(1024);
    had = next.allocate();
    indices.push(...next.indices.subarray(0, had));
    bursts.push(next);
  }
  return { bursts, indices };
}

const ring = 64;

/** Ports over one pool, and what must hold when a test has done to them what it does. */
export class Rig {
  readonly pool: Pool;
  readonly #ports: Port[] = [];
  #sequence = 1;

  private constructor(pool: Pool) {
    this.pool = pool;
  }

  static async make(): Promise<Rig> {
    return new Rig(await createPool({ buffers: 2048, hugePages: 'never' }));
  }

  async open(address: string, options: PortOptions = {}): Promise<Port> {
    const port = await openPort(address, { pool: this.pool, rxRing: ring, txRing: ring, ...options });
    this.#ports.push(port);
    return port;
  }

  async flood(...faults: string[]): Promise<Port> {
    return await this.open(withFaults(freshFlood(), ...faults));
  }

  async wire(options: PortOptions = {}): Promise<[Port, Port]> {
    const address = freshAddress();
    return [await this.open(address, options), await this.open(address, options)];
  }

  /** Frames go from one port to the other, whole. Those of before may still be under way. */
  async flows(from: Port, to: Port, count = 16): Promise<void> {
    await until('both ports running', () => from.state === 'running' && to.state === 'running');
    const out = this.pool.createBurst();
    const into = this.pool.createBurst();
    const first = this.#sequence;
    this.#sequence += count;
    fill(out, to, count, first);
    let next = first;
    await until(`frames from ${from.address}: ${next - first} of ${count}`, () => {
      from.tx[0].send(out);
      to.rx[0].receive(into);
      for (let i = 0; i < into.count; i++) if (sequenceOf(into, i) === next) next++;
      into.release();
      return next === first + count;
    });
    assert.equal(out.count, 0);
  }

  /** Frames flow again, once the device has none of the planned faults left: a number in a row arrives, whole. */
  async flowsAgain(from: Port, to: Port, count = 16): Promise<void> {
    const out = this.pool.createBurst();
    const into = this.pool.createBurst();
    let inRow = 0;
    let last = 0;
    await until(`${count} frames in a row from ${from.address}`, () => {
      if (out.count === 0 && from.state === 'running') fill(out, to, 1, this.#sequence++);
      from.tx[0].send(out);
      to.rx[0].receive(into);
      for (let i = 0; i < into.count; i++) {
        const sequence = sequenceOf(into, i);
        inRow = sequence === last + 1 ? inRow + 1 : 0;
        last = sequence;
      }
      into.release();
      return inRow >= count;
    });
    out.release();
  }

  async flowsBothWays(left: Port, right: Port): Promise<void> {
    await this.flows(left, right);
    await this.flows(right, left);
  }

  /** Ends the test: closes what is open, and looks for lost buffers. */
  async end(): Promise<void> {
    addsUp(this.pool);
    await settles('close()', Promise.all(this.#ports.map((port) => port.close())));
    isWhole(this.pool);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#ports.map((port) => port.close()));
    await this.pool.close();
  }
}

/** Runs a test body over a {@link Rig} of its own: `it('…', onRig(async (rig) => { … }))`. */
export function onRig(body: (rig: Rig) => Promise<void>): () => Promise<void> {
  return async () => {
    const rig = await Rig.make();
    try {
      await body(rig);
      await rig.end();
    } finally {
      await rig.dispose();
    }
  };
}
