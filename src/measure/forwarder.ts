import type { Burst } from '../core/burst.ts';
import { parseMac } from '../core/mac.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { RxQueue } from '../core/rx-queue.ts';
import { setDestination, setSource, swapAddresses } from '../net/ethernet.ts';
import type { Outcome } from '../results/outcome.ts';
import { type BurstScript, type BurstWay, burstFailure, callScript } from './burst-script.ts';
import { BurstSizes } from './burst-sizes.ts';
import type { FrameFilter } from './frame-filter.ts';
import type { FrameProgram } from './frame-program.ts';
import { Outlet } from './outlet.ts';
import { placeholderMac } from './placeholder-mac.ts';
import type { Work } from './work.ts';

/**
 * What a forwarder writes into a frame. `mac`: its addresses, to the far end and from the port it leaves by, because a
 * PF's spoof check drops anything else; `macswap`: source and destination change places; `io`: nothing.
 */
export const forwardModes = ['mac', 'macswap', 'io'] as const;
export type ForwardMode = (typeof forwardModes)[number];

export interface ForwardOptions {
  mode: ForwardMode;
  burstSize: number;
  /**
   * With `mac`: the far end of each port, in the ports' order; the last one is also that of the ports after it. Without
   * any, the far end of a port is who last sent to it.
   */
  destinations: readonly string[];
  /** Sees each burst before its frames are readdressed. */
  script?: BurstScript | undefined;
  /** Says which frames go on, before the script sees them. */
  filter?: FrameFilter | undefined;
  /** Runs behind the filter, and may send frames by itself. */
  program?: FrameProgram | undefined;
}

interface Side {
  readonly rx: RxQueue;
  readonly outlet: Outlet;
  readonly mac: Uint8Array;
  readonly farEnd: Uint8Array;
  readonly way: BurstWay;
}

/** Sends what arrives at each port out of its partner: the other port of a pair, or the port itself when there is one. */
export class Forwarder implements Work {
  readonly sends = false;
  readonly bursts = new BurstSizes();
  readonly #sides: readonly Side[];
  readonly #burst: Burst;
  readonly #bytes: Uint8Array;
  readonly #mode: ForwardMode;
  readonly #learns: boolean;
  readonly #script: BurstScript | undefined;
  readonly #filter: FrameFilter | undefined;
  readonly #program: FrameProgram | undefined;
  readonly #sendTo = (port: number, frames: Burst): void => this.#sides[port]!.outlet.send(frames);

  constructor(pool: Pool, ports: readonly Port[], options: ForwardOptions) {
    this.#sides = ports.map((port, index) => {
      const to = ports[ports.length === 1 ? index : index ^ 1]!;
      return { ...sideOf(port, index, options.destinations), way: { from: port, to } };
    });
    this.#script = options.script;
    this.#filter = options.filter;
    this.#program = options.program;
    const columns = ports.some(({ capabilities }) => capabilities.ownTimes) ? (['timestamp'] as const) : [];
    this.#burst = pool.createBurst(options.burstSize, { columns });
    this.#bytes = pool.bytes;
    this.#mode = options.mode;
    this.#learns = options.mode === 'mac' && options.destinations.length === 0;
  }

  get txDropped(): number[] {
    return this.#sides.map(({ outlet }) => outlet.dropped);
  }

  get txUnsendable(): number[] {
    return this.#sides.map(({ outlet }) => outlet.unsendable);
  }

  round(budget: number): number {
    const sides = this.#sides;
    let moved = 0;
    for (let i = 0; i < sides.length; i++) {
      const to = sides.length === 1 ? i : i ^ 1;
      moved += this.#pass(sides[i]!, sides[to]!, budget - moved);
    }
    return moved;
  }

  /** A script or a program may never return. */
  get interruptible(): boolean {
    return this.#script !== undefined || this.#program !== undefined;
  }

  release(): void {
    try {
      this.#burst.release();
      this.#program?.release();
    } catch (error) {
      // What the script or the program wrote can't be released, and has been told of.
      if (!this.interruptible) throw error;
    }
  }

  async finish(): Promise<Outcome> {
    return this.#filter?.outcome ?? { details: {}, notes: [] };
  }

  #pass(from: Side, to: Side, budget: number): number {
    const burst = this.#burst;
    const received = from.rx.receive(burst, budget);
    if (received === 0) return 0;
    this.bursts.add(received);
    if (this.#learns) this.#learn(from);
    if (this.#filter?.keep(burst) === 0) return received;
    if (this.#program?.run(burst, this.#sendTo) === 0) return received;
    if (this.#script !== undefined) callScript(this.#script, burst, from.way);
    if (burst.count === 0) return received;
    if (this.#script === undefined) this.#send(to);
    else this.#sendOfScript(to);
    return received;
  }

  #sendOfScript(to: Side): void {
    try {
      this.#send(to);
    } catch (error) {
      throw burstFailure(error);
    }
  }

  #send(to: Side): void {
    const burst = this.#burst;
    const { count } = burst;
    if (this.#mode === 'mac') this.#readdress(to, count);
    else if (this.#mode === 'macswap') this.#swap(count);
    to.outlet.send(burst);
  }

  /** One frame of a burst is enough: a port faces one station, or a change of station that the next burst shows. */
  #learn(from: Side): void {
    const source = this.#burst.position(0) + 6;
    if ((this.#bytes[source]! & 1) !== 0) return; // a group can't have sent it
    for (let i = 0; i < 6; i++) from.farEnd[i] = this.#bytes[source + i]!;
  }

  #readdress(to: Side, count: number): void {
    const burst = this.#burst;
    const bytes = this.#bytes;
    for (let i = 0; i < count; i++) {
      const position = burst.position(i);
      setDestination(bytes, position, to.farEnd);
      setSource(bytes, position, to.mac);
    }
  }

  #swap(count: number): void {
    const burst = this.#burst;
    const bytes = this.#bytes;
    for (let i = 0; i < count; i++) swapAddresses(bytes, burst.position(i));
  }
}

function sideOf(port: Port, index: number, destinations: readonly string[]): Omit<Side, 'way'> {
  const destination = destinations[index] ?? destinations.at(-1);
  return {
    rx: port.rx[0],
    outlet: new Outlet(port),
    mac: parseMac(port.mac),
    farEnd: destination === undefined ? placeholderMac(index) : parseMac(destination),
  };
}
