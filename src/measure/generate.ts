import { performance } from 'node:perf_hooks';
import { type Burst, type Pool, type Port, parseMac, type TxQueue } from '../index.ts';
import { type DepartureCounts, Departures } from './departures.ts';
import { drainTx, refreshAll } from './drain.ts';
import {
  experimentalEtherType,
  headerBytes,
  maxFrameBytes,
  placeholderMac,
  setDestination,
  setSource,
} from './ethernet.ts';
import { Pacer } from './pacer.ts';
import { type Fraction, framesPerSecond, type Rate } from './rate.ts';
import { RateReport } from './rate-report.ts';
import type { Work, WorkReport } from './work.ts';

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
  /** Of each port; default: as fast as they go. */
  rate?: Rate | undefined;
}

interface Source {
  readonly tx: TxQueue;
  /** Its own, because what did not fit the ring stays in it until the next round. */
  readonly burst: Burst;
  readonly header: Uint8Array;
  /** Undefined when it has no rate. */
  departures: Departures | undefined;
}

// Drawn beforehand, so that a frame costs no random number; a power of two, so that the index wraps with a mask.
const sizeCount = 4096;

/** Sends frames from every port: at a rate, or as fast as they go. */
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
  readonly #pool: Pool;
  readonly #ports: readonly Port[];
  #report: RateReport | undefined;
  #nextSize = 0;

  constructor(pool: Pool, ports: readonly Port[], options: GenerateOptions) {
    this.txDropped = ports.map(() => 0);
    this.#pool = pool;
    this.#sizes = drawSizes(options.size);
    this.#sources = ports.map((port, index) => ({
      tx: port.tx[0],
      burst: pool.createBurst(options.burstSize),
      header: headerOf(port, options.destinations[index] ?? options.destinations.at(-1), index),
      departures: undefined,
    }));
    this.#ports = ports;
    if (options.rate !== undefined) this.pace(options.rate);
    this.#bytes = pool.bytes;
    this.#payload = Uint8Array.from({ length: maxFrameBytes - headerBytes }, (_, i) => i & 0xff);
    this.#hasPayload = new Uint8Array(pool.buffers);
    this.#burstSize = options.burstSize;
  }

  /** From now on sends at the rate, of which a new account is kept. Frames of before must have left. */
  pace(rate: Rate): void {
    const pacer = new Pacer(this.#rateOf(rate));
    for (const source of this.#sources) source.departures = new Departures(pacer);
    this.#report = new RateReport(pacer, this.#ports);
  }

  /** Of each port, in their order; empty without a rate. */
  get departureCounts(): DepartureCounts[] {
    return this.#sources.flatMap(({ departures }) => departures?.counts() ?? []);
  }

  /** By what all of the sizes take together, so that a mix has exactly the bits that were asked for. */
  #rateOf(rate: Rate): Fraction {
    return framesPerSecond(rate, { frames: sizeCount, bytes: this.#sizes.reduce((sum, size) => sum + size) });
  }

  round(budget: number): number {
    let moved = 0;
    for (const source of this.#sources) moved += this.#sendFrom(source, budget - moved);
    return moved;
  }

  release(): void {
    for (const { burst } of this.#sources) burst.release();
  }

  async finish(): Promise<WorkReport> {
    const report = this.#report;
    if (report === undefined) return { details: {}, notes: [] };
    await drainTx(this.#pool, this.#ports);
    await refreshAll(this.#ports); // the far end has what it will have, and its count is known
    return report.of(this.departureCounts);
  }

  #sendFrom({ tx, burst, header, departures }: Source, budget: number): number {
    const held = burst.count;
    const wanted = Math.min(budget, this.#burstSize) - held;
    if (wanted < 0) {
      burst.release(budget);
      departures?.offer(wanted);
    } else {
      const due = departures === undefined ? wanted : Math.min(wanted, departures.due(now()));
      if (due > 0) {
        const made = burst.allocate(due);
        this.#fill(burst, held, held + made, header);
        departures?.offer(made);
      }
    }
    if (burst.count === 0) return 0;
    const sent = tx.send(burst);
    if (sent === 0) return 0;
    this.bursts++;
    departures?.leave(sent, now());
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

/** In nanoseconds. */
function now(): number {
  return performance.now() * 1e6;
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
