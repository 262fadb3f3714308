import type { Burst } from '../core/burst.ts';
import { parseMac } from '../core/mac.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { TxQueue } from '../core/tx-queue.ts';
import { type DepartureCounts, Departures } from '../pacing/departures.ts';
import { Pacer } from '../pacing/pacer.ts';
import { type Fraction, framesPerSecond, type Rate } from '../pacing/rate.ts';
import { decimal } from '../results/figures.ts';
import type { Outcome } from '../results/outcome.ts';
import { totalOf } from '../traffic/sizes.ts';
import { Traffic, type TrafficSpec } from '../traffic/traffic.ts';
import { BurstSizes } from './burst-sizes.ts';
import { drainTx, refreshAll } from './drain.ts';
import { placeholderMac } from './placeholder-mac.ts';
import { RateAccount } from './rate-account.ts';
import type { Work } from './work.ts';

export interface GenerateOptions {
  traffic: TrafficSpec;
  burstSize: number;
  /** Where each port's frames go, in the ports' order; the last one is also that of the ports after it. */
  destinations: readonly string[];
  /** Of each port; default: as fast as they go. */
  rate?: Rate | undefined;
  /** Frames to send from all ports together; default: no end. */
  packets?: number | undefined;
  /** What each frame requests of its port. */
  requests?: FrameRequests | undefined;
  /** Where to go on counting; default: from 0. */
  bursts?: BurstSizes;
}

/** What frames request: see {@link Burst.txRequests} and {@link Burst.segmentSizes}. */
export interface FrameRequests {
  /** Bits of `TxRequest`, and a tag. */
  work: number;
  /** 0: they are not cut. */
  segmentSize: number;
}

interface Source {
  readonly tx: TxQueue;
  /** Its own, because what did not fit the ring stays in it until the next round. */
  readonly burst: Burst;
  readonly traffic: Traffic;
  /** Undefined when it has no rate. */
  departures: Departures | undefined;
}

/** Sends frames from every port: at a rate, or as fast as they go. */
export class Generator implements Work {
  readonly sends = true;
  readonly bursts: BurstSizes;
  readonly txDropped: readonly number[];
  readonly #sources: readonly Source[];
  readonly #burstSize: number;
  readonly #packets: number | undefined;
  readonly #requests: FrameRequests | undefined;
  readonly #ports: readonly Port[];
  readonly #account: RateAccount | undefined;

  constructor(pool: Pool, ports: readonly Port[], options: GenerateOptions) {
    this.txDropped = ports.map(() => 0);
    this.bursts = options.bursts ?? new BurstSizes();
    this.#sources = ports.map((port, index) => ({
      tx: port.tx[0],
      burst: pool.createBurst(options.burstSize, {
        columns: options.requests === undefined ? [] : ['txRequest', 'segmentSize'],
      }),
      traffic: trafficOf(pool, port, index, options),
      departures: undefined,
    }));
    this.#ports = ports;
    if (options.rate !== undefined) {
      this.pace(options.rate);
      this.#account = new RateAccount(ports);
    }
    this.#burstSize = options.burstSize;
    this.#packets = options.packets;
    this.#requests = options.requests;
  }

  /** From now on sends at the rate, and counts departures anew. Frames of before must have left. */
  pace(rate: Rate): void {
    const pacer = new Pacer(this.#rateOf(rate));
    for (const source of this.#sources) source.departures = new Departures(pacer);
  }

  /** Of each port, in their order: what its frames look like. */
  get traffics(): readonly Traffic[] {
    return this.#sources.map(({ traffic }) => traffic);
  }

  /** Of each port, in their order; empty without a rate. */
  get departureCounts(): DepartureCounts[] {
    return this.#sources.flatMap(({ departures }) => departures?.counts() ?? []);
  }

  /** By all of the sizes together, so that a mix has exactly the bits that were asked for. */
  #rateOf(rate: Rate): Fraction {
    return framesPerSecond(rate, totalOf(this.#sources[0]!.traffic.sizes));
  }

  /** At less than a frame a second, nothing moves for longer than that. */
  get pause(): string | undefined {
    const waits = this.#sources.map(({ departures }) => departures?.waitNs() ?? 0);
    const seconds = Math.min(...waits) / 1e9;
    return seconds > 0.1 ? `the next frame is due in ${decimal(seconds, 1)} s` : undefined;
  }

  round(budget: number): number {
    const sources = this.#sources;
    let moved = 0;
    for (let i = 0; i < sources.length; i++) moved += this.#sendFrom(sources[i]!, budget - moved);
    return moved;
  }

  release(): void {
    for (const { burst } of this.#sources) burst.release();
  }

  async finish(): Promise<Outcome> {
    const account = this.#account;
    if (account === undefined) return { details: {}, notes: [] };
    await drainTx(this.#ports);
    await refreshAll(this.#ports); // the far end has what it will have, and its count is known
    return account.outcome(this.departureCounts, this.#packets);
  }

  #sendFrom({ tx, burst, traffic, departures }: Source, budget: number): number {
    const held = burst.count;
    const wanted = Math.min(budget, this.#burstSize) - held;
    if (wanted < 0) {
      burst.release(budget);
      departures?.offer(wanted);
    } else {
      const due = departures === undefined ? wanted : Math.min(wanted, departures.due());
      if (due > 0) {
        const made = burst.allocate(due);
        traffic.fill(burst, held, held + made);
        if (this.#requests !== undefined) request(burst, held, held + made, this.#requests);
        departures?.offer(made);
      }
    }
    if (burst.count === 0) return 0;
    const sent = tx.send(burst);
    if (sent === 0) return 0;
    this.bursts.add(sent);
    departures?.leave(sent);
    return sent;
  }
}

function request(burst: Burst, first: number, end: number, { work, segmentSize }: FrameRequests): void {
  burst.txRequests.fill(work, first, end);
  burst.segmentSizes.fill(segmentSize, first, end);
}

function trafficOf(
  pool: Pool,
  port: Port,
  index: number,
  { traffic, destinations }: GenerateOptions,
): Traffic {
  const destination = destinations[index] ?? destinations.at(-1);
  return new Traffic(pool, traffic, {
    source: parseMac(port.mac),
    destination: destination === undefined ? placeholderMac(index) : parseMac(destination),
  });
}
