import { monotonicNs } from '../core/clock.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import { percentOf, type Rate } from '../pacing/rate.ts';
import { group } from '../results/figures.ts';
import type { LoadedLatency } from '../results/latency-result.ts';
import type { Outcome } from '../results/outcome.ts';
import type { TrafficSpec } from '../traffic/traffic.ts';
import { BurstSizes } from './burst-sizes.ts';
import { type LatencyOptions, LatencyProbe } from './latency-probe.ts';
import { impossibleLatency, leastLatencyNs } from './least-latency.ts';
import type { Work } from './work.ts';

export interface LatencySeriesOptions extends Omit<LatencyOptions, 'load' | 'bursts'> {
  /** Percent of the rate, one after the other; 0 is none. */
  loads: readonly number[];
  maxRate: Rate;
  traffic: TrafficSpec;
  /** Of each load; undefined: the first one lasts until the run ends. */
  durationMs?: number | undefined;
}

/** Measures latencies under one load after the other. The result's `latency` is that of the first, `latencyUnderLoad` has all. */
export class LatencySeries implements Work {
  readonly sends = true;
  readonly arrivesAt = 1;
  readonly bursts = new BurstSizes();
  readonly txDropped: readonly number[] = [0, 0];
  done = false;
  readonly #pool: Pool;
  readonly #tx: Port;
  readonly #rx: Port;
  readonly #options: LatencySeriesOptions;
  readonly #found: LoadedLatency[] = [];
  readonly #notes: string[] = [];
  #probe: LatencyProbe;
  #endNs: number;

  constructor(pool: Pool, tx: Port, rx: Port, options: LatencySeriesOptions) {
    this.#pool = pool;
    this.#tx = tx;
    this.#rx = rx;
    this.#options = options;
    this.#probe = this.#start();
    this.#endNs = this.#endOfLoad();
  }

  get pause(): string | undefined {
    return this.#probe.ended ? 'the last probes under this load are waited for' : undefined;
  }

  round(budget: number): number {
    if (!this.#probe.ended && monotonicNs() >= this.#endNs) this.#probe.end();
    const moved = this.#probe.round(budget);
    if (this.#probe.settled) this.#next();
    return moved;
  }

  release(): void {
    this.#probe.release();
  }

  async finish(): Promise<Outcome> {
    if (!this.done) {
      await this.#probe.finish();
      this.#keep();
    }
    const { loads } = this.#options;
    const { loadPercent: _, ...first } = this.#found[0]!;
    const isSeries = loads.length > 1 || loads[0] !== 0;
    return {
      details: { latency: first, ...(isSeries ? { latencyUnderLoad: this.#found } : {}) },
      notes: this.#notes,
    };
  }

  #next(): void {
    this.#keep();
    this.done = this.#found.length === this.#options.loads.length;
    if (this.done) return;
    this.#probe = this.#start();
    this.#endNs = this.#endOfLoad();
  }

  #keep(): void {
    const loadPercent = this.#options.loads[this.#found.length]!;
    const result = this.#probe.result();
    this.#found.push({ loadPercent, ...result });
    const { lost, sent, load } = result;
    const least = leastLatencyNs(this.#tx, this.#rx);
    const impossible = impossibleLatency(result.latencyNanoseconds.min, least);
    if (impossible !== undefined) this.#notes.push(impossible);
    const amid = load === null ? '' : ` under ${loadPercent} % load`;
    if (lost > 0) this.#notes.push(`${group(lost)} of ${group(sent)} probes were lost${amid}`);
    if (load !== null && load.sent < load.intended * 0.99)
      this.#notes.push(
        `the load of ${loadPercent} % was not reached: ${group(load.sent)} of ${group(load.intended)} frames were sent`,
      );
  }

  #start(): LatencyProbe {
    const { loads, maxRate, traffic, ...options } = this.#options;
    const percent = loads[this.#found.length]!;
    const load = percent === 0 ? undefined : { traffic, rate: percentOf(maxRate, percent) };
    return new LatencyProbe(this.#pool, this.#tx, this.#rx, { ...options, load, bursts: this.bursts });
  }

  #endOfLoad(): number {
    const { durationMs } = this.#options;
    return durationMs === undefined ? Number.POSITIVE_INFINITY : monotonicNs() + durationMs * 1e6;
  }
}
