import { setImmediate } from 'node:timers/promises';
import type { Burst } from '../core/burst.ts';
import { monotonicNs } from '../core/clock.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { RxQueue } from '../core/rx-queue.ts';
import type { TxQueue } from '../core/tx-queue.ts';
import { Histogram } from '../pacing/histogram.ts';
import { Pacer } from '../pacing/pacer.ts';
import { Quiet } from '../pacing/quiet.ts';
import type { Fraction, Rate } from '../pacing/rate.ts';
import { group } from '../results/figures.ts';
import type { LatencyResult, LoadResult } from '../results/latency-result.ts';
import type { Outcome } from '../results/outcome.ts';
import { ProbeFrames } from '../traffic/probe-frames.ts';
import type { Traffic, TrafficSpec } from '../traffic/traffic.ts';
import { BurstSizes } from './burst-sizes.ts';
import { drainTx } from './drain.ts';
import { Generator } from './generator.ts';
import type { Work } from './work.ts';

export interface LatencyOptions {
  /** Of probes. */
  framesPerSecond: Fraction;
  /** Without FCS. */
  frameBytes: number;
  burstSize: number;
  /** MAC address that frames go to; default: that of the port where they come out. */
  destination?: string | undefined;
  /** The VLAN tag of probes, of 16 bits. Default: none. */
  vlan?: number | undefined;
  /** What {@link measureBias} found. */
  biasNanoseconds?: number | null;
  /** What else is sent meanwhile, from the same port; default: nothing. */
  load?: { traffic: TrafficSpec; rate: Rate } | undefined;
  /** Where to go on counting; default: from 0. */
  bursts?: BurstSizes;
}

// More than any delay of an emulated wire that one measures with.
const lastProbesNs = 2e9;

/** Sends probes from one port to the other at a rate, amid a load or alone, and measures how long each was under way. */
export class LatencyProbe implements Work {
  readonly sends = true;
  readonly arrivesAt = 1;
  readonly bursts: BurstSizes;
  readonly txDropped: readonly number[] = [0, 0];
  readonly #tx: Port;
  readonly #rx: Port;
  readonly #txQueue: TxQueue;
  readonly #rxQueue: RxQueue;
  readonly #outgoing: Burst;
  readonly #incoming: Burst;
  readonly #frames: ProbeFrames;
  readonly #pacer: Pacer;
  readonly #frameBytes: number;
  readonly #generator: Generator | undefined;
  readonly #traffic: Traffic | undefined;
  readonly #loadRate: Rate | undefined;
  readonly #latencyNs = new Histogram();
  readonly #fromDepartureNs = new Histogram();
  readonly #biasNanoseconds: number | null;
  #startNs = 0;
  #made = 0;
  #sent = 0;
  #received = 0;
  #loadReceived = 0;
  #outOfOrder = 0;
  #latest = -1;
  /** Since the end. */
  #quiet: Quiet | undefined;
  #isQuiet = false;

  constructor(pool: Pool, tx: Port, rx: Port, options: LatencyOptions) {
    this.bursts = options.bursts ?? new BurstSizes();
    this.#tx = tx;
    this.#rx = rx;
    this.#txQueue = tx.tx[0];
    this.#rxQueue = rx.rx[0];
    this.#outgoing = pool.createBurst(options.burstSize);
    this.#incoming = pool.createBurst(options.burstSize, { timestamps: true });
    const { destination = rx.mac } = options;
    this.#frames = new ProbeFrames(pool, tx.mac, destination, options.vlan);
    this.#pacer = new Pacer(options.framesPerSecond);
    this.#frameBytes = options.frameBytes;
    this.#biasNanoseconds = options.biasNanoseconds ?? null;
    if (options.load !== undefined) {
      const { traffic, rate } = options.load;
      this.#generator = new Generator(pool, [tx], {
        traffic,
        burstSize: options.burstSize,
        destinations: [destination],
        bursts: this.bursts,
      });
      this.#traffic = this.#generator.traffics[0];
      this.#loadRate = rate;
    }
  }

  /** After {@link end}, only receives what still arrives. */
  round(budget: number): number {
    const arrivedBefore = this.#received + this.#loadReceived;
    let moved = this.#receive(budget);
    if (this.#quiet !== undefined) {
      this.#isQuiet = this.#quiet.look(this.#received + this.#loadReceived > arrivedBefore, monotonicNs());
      return moved;
    }
    if (budget > moved) moved += this.#send(budget - moved);
    if (this.#generator !== undefined && budget > moved) moved += this.#generator.round(budget - moved);
    return moved;
  }

  release(): void {
    this.#outgoing.release();
    this.#incoming.release();
    this.#generator?.release();
  }

  /** Sends no more. */
  end(): void {
    if (this.ended) return;
    this.#outgoing.release();
    this.#generator?.release();
    this.#quiet = new Quiet(lastProbesNs, monotonicNs());
  }

  get ended(): boolean {
    return this.#quiet !== undefined;
  }

  /** Whether all has arrived since the {@link end}, or what has not will not. */
  get settled(): boolean {
    if (!this.ended) return false;
    const loadSent = this.#generator?.departureCounts[0]?.sent ?? 0;
    if (this.#received >= this.#sent && this.#loadReceived >= loadSent) return true;
    return this.#isQuiet || this.#rx.state !== 'running';
  }

  result(): LatencyResult {
    return {
      sent: this.#sent,
      received: this.#received,
      lost: this.#sent - this.#received,
      outOfOrder: this.#outOfOrder,
      latencyNanoseconds: this.#latencyNs.percentiles(),
      distribution: this.#latencyNs.distribution(),
      fromDepartureNanoseconds: this.#fromDepartureNs.percentiles(),
      biasNanoseconds: this.#biasNanoseconds,
      load: this.#loadResult(),
    };
  }

  #loadResult(): LoadResult | null {
    const counts = this.#generator?.departureCounts[0];
    if (counts === undefined) return null;
    const { intended, offered, sent, intendedPps } = counts;
    return { intendedPps, intended, offered, sent, received: this.#loadReceived };
  }

  async finish(): Promise<Outcome> {
    this.end();
    await drainTx([this.#tx]);
    while (!this.settled) {
      this.round(this.#incoming.capacity);
      await setImmediate();
    }
    const result = this.result();
    const { lost, sent } = result;
    return {
      details: { latency: result },
      notes: lost === 0 ? [] : [`${group(lost)} of ${group(sent)} probes were lost`],
    };
  }

  #send(budget: number): number {
    const nowNs = monotonicNs();
    if (this.#startNs === 0) {
      this.#startNs = nowNs;
      if (this.#loadRate !== undefined) this.#generator?.pace(this.#loadRate);
    }
    const burst = this.#outgoing;
    const held = burst.count;
    const due = this.#pacer.dueBy(nowNs - this.#startNs) - this.#made;
    const made = burst.allocate(Math.max(0, Math.min(due, budget - held, burst.capacity - held)));
    for (let i = held; i < held + made; i++) this.#write(i);
    if (burst.count === 0) return 0;
    for (let i = 0; i < burst.count; i++) this.#frames.stamp(burst.position(i), nowNs);
    const sent = this.#txQueue.send(burst);
    if (sent > 0) this.bursts.add(sent);
    this.#sent += sent;
    return sent;
  }

  #write(i: number): void {
    const burst = this.#outgoing;
    const number = this.#made++;
    this.#frames.write(burst.position(i), number, this.#startNs + this.#pacer.departureNs(number));
    burst.lengths[i] = this.#frameBytes;
    this.#traffic?.forget(burst.indices[i]!);
  }

  #receive(budget: number): number {
    const burst = this.#incoming;
    const count = this.#rxQueue.receive(burst, budget);
    if (count === 0) return 0;
    this.bursts.add(count);
    for (let i = 0; i < count; i++) {
      if (this.#traffic?.matches(burst, i) && !this.#frames.isProbe(burst, i)) {
        this.#loadReceived++;
      } else {
        if (this.#frames.isProbe(burst, i)) this.#record(burst.position(i), burst.timestampNs);
        this.#traffic?.forget(burst.indices[i]!);
      }
    }
    burst.release();
    return count;
  }

  #record(position: number, nowNs: number): void {
    const frames = this.#frames;
    const number = frames.number(position);
    if (number < this.#latest) this.#outOfOrder++;
    else this.#latest = number;
    this.#received++;
    this.#latencyNs.record(nowNs - frames.intendedNs(position));
    this.#fromDepartureNs.record(nowNs - frames.departureNs(position));
  }
}
