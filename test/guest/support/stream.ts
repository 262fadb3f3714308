import type { Burst, Pool, Port } from '../../../src/index.ts';
import { addressBytes, Content } from './content.ts';

/** What became of a run's frames. */
export interface Tally {
  received: number;
  lost: number;
  reordered: number;
  corrupted: number;
}

export const clean = (frames: number): Tally => ({ received: frames, lost: 0, reordered: 0, corrupted: 0 });

/** The pool's memory as a Buffer. */
function memoryOf(pool: Pool): Buffer {
  return Buffer.from(pool.bytes.buffer, pool.bytes.byteOffset, pool.bytes.length);
}

/** Sends numbered frames to one MAC. */
export class Source {
  /** Frames handed to the device. */
  sent = 0;
  readonly #port: Port;
  readonly #burst: Burst;
  readonly #memory: Buffer;
  readonly #content: Content;
  readonly #addresses: Buffer;
  #next = 0;

  constructor(port: Port, to: string, seed: number) {
    this.#port = port;
    this.#burst = port.pool.createBurst(64);
    this.#memory = memoryOf(port.pool);
    this.#content = new Content(seed);
    this.#addresses = addressBytes(to, port.mac);
  }

  /** Sends frames up to number `end`, as many as one burst and the ring take now; returns how many. */
  send(end: number): number {
    const burst = this.#burst;
    const wanted = Math.min(burst.capacity - burst.count, end - this.#next);
    const first = burst.count;
    const got = wanted > 0 ? burst.allocate(wanted) : 0;
    for (let i = first; i < first + got; i++) {
      burst.lengths[i] = this.#content.write(this.#memory, burst.position(i), this.#next++, this.#addresses);
    }
    const sent = burst.count > 0 ? this.#port.tx[0].send(burst) : 0;
    this.sent += sent;
    return sent;
  }

  /** Gives back what was filled and not sent. */
  release(): void {
    this.#burst.release();
  }
}

/** Receives numbered frames and checks every byte. */
export class Sink {
  readonly tally: Tally = clean(0);
  readonly #port: Port;
  readonly #burst: Burst;
  readonly #memory: Buffer;
  readonly #content: Content;
  #expected = 0;

  constructor(port: Port, seed: number) {
    this.#port = port;
    this.#burst = port.pool.createBurst(64);
    this.#memory = memoryOf(port.pool);
    this.#content = new Content(seed);
  }

  /** The number up to which frames are accounted for, received or lost. */
  get seen(): number {
    return this.#expected;
  }

  /** Takes what has arrived, one burst at most; returns how many frames of the run were in it. */
  receive(): number {
    const burst = this.#burst;
    const count = this.#port.rx[0].receive(burst);
    let own = 0;
    for (let i = 0; i < count; i++) own += this.#check(burst.position(i), burst.lengths[i]!);
    if (count > 0) burst.release();
    return own;
  }

  #check(at: number, length: number): number {
    const number = Content.numberOf(this.#memory, at);
    if (number < 0) return 0; // the kernel's own, such as its neighbour discovery
    const { tally } = this;
    tally.received++;
    if (!this.#content.matches(this.#memory, at, length, number)) tally.corrupted++;
    if (number < this.#expected) tally.reordered++;
    else {
      tally.lost += number - this.#expected;
      this.#expected = number + 1;
    }
    return 1;
  }
}
