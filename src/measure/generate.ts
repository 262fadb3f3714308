import { type Burst, type Pool, type Port, parseMac, type TxQueue } from '../index.ts';
import {
  experimentalEtherType,
  headerBytes,
  maxFrameBytes,
  placeholderMac,
  setDestination,
  setSource,
} from './ethernet.ts';
import type { Work } from './work.ts';

/** Bytes of a frame without FCS; anything from `min` to `max`, each as likely. */
export interface SizeRange {
  min: number;
  max: number;
}

export interface GenerateOptions {
  size: SizeRange;
  burstSize: number;
  /** Where each port's frames go, in the ports' order; the last one is also that of the ports after it. */
  destinations: readonly string[];
}

interface Source {
  readonly tx: TxQueue;
  /** Its own, because what did not fit the ring stays in it until the next round. */
  readonly burst: Burst;
  readonly header: Uint8Array;
}

// Drawn beforehand, so that a frame costs no random number; a power of two, so that the index wraps with a mask.
const sizeCount = 4096;

/** Sends frames from every port as fast as they go. */
export class Generator implements Work {
  readonly sends = true;
  bursts = 0;
  readonly txDropped: readonly number[];
  readonly #sources: readonly Source[];
  readonly #bytes: Uint8Array;
  readonly #payload: Uint8Array;
  readonly #hasPayload: Uint8Array;
  readonly #sizes: Uint16Array;
  readonly #burstSize: number;
  #nextSize = 0;

  constructor(pool: Pool, ports: readonly Port[], options: GenerateOptions) {
    this.txDropped = ports.map(() => 0);
    this.#sources = ports.map((port, index) => ({
      tx: port.tx[0],
      burst: pool.createBurst(options.burstSize),
      header: headerOf(port, options.destinations[index] ?? options.destinations.at(-1), index),
    }));
    this.#bytes = pool.bytes;
    this.#payload = Uint8Array.from({ length: maxFrameBytes - headerBytes }, (_, i) => i & 0xff);
    this.#hasPayload = new Uint8Array(pool.buffers);
    this.#sizes = drawSizes(options.size);
    this.#burstSize = options.burstSize;
  }

  round(budget: number): number {
    let moved = 0;
    for (const source of this.#sources) moved += this.#sendFrom(source, budget - moved);
    return moved;
  }

  release(): void {
    for (const { burst } of this.#sources) burst.release();
  }

  #sendFrom({ tx, burst, header }: Source, budget: number): number {
    const held = burst.count;
    const wanted = Math.min(budget, this.#burstSize) - held;
    if (wanted < 0) burst.release(budget);
    else if (wanted > 0) this.#fill(burst, held, held + burst.allocate(wanted), header);
    const sent = tx.send(burst);
    if (sent > 0) this.bursts++;
    return sent;
  }

  /** The payload is written once into each buffer: nothing else writes to buffers of ports that only send. */
  #fill(burst: Burst, first: number, end: number, header: Uint8Array): void {
    const bytes = this.#bytes;
    for (let i = first; i < end; i++) {
      const buffer = burst.indices[i]!;
      const position = burst.position(i);
      for (let at = 0; at < headerBytes; at++) bytes[position + at] = header[at]!;
      if (this.#hasPayload[buffer] === 0) {
        bytes.set(this.#payload, position + headerBytes);
        this.#hasPayload[buffer] = 1;
      }
      burst.lengths[i] = this.#sizes[this.#nextSize]!;
      this.#nextSize = (this.#nextSize + 1) & (sizeCount - 1);
    }
  }
}

function headerOf(port: Port, destination: string | undefined, index: number): Uint8Array {
  const header = new Uint8Array(headerBytes);
  setDestination(header, 0, destination === undefined ? placeholderMac(index) : parseMac(destination));
  setSource(header, 0, parseMac(port.mac));
  header[12] = experimentalEtherType >> 8;
  header[13] = experimentalEtherType & 0xff;
  return header;
}

/** The same sizes in every run, so that runs can be compared. */
function drawSizes({ min, max }: SizeRange): Uint16Array {
  let state = 0x9e3779b9;
  return Uint16Array.from({ length: sizeCount }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return min + ((state >>> 0) % (max - min + 1));
  });
}
