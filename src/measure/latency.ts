import { setImmediate } from 'node:timers/promises';
import { monotonicNs } from '../clock.ts';
import type { Burst, Pool, Port, RxQueue, TxQueue } from '../index.ts';
import { parseMac } from '../index.ts';
import { BurstSizes } from './burst-sizes.ts';
import { drainTx } from './drain.ts';
import { experimentalEtherType, headerBytes, setDestination, setSource } from './ethernet.ts';
import { type Distribution, Histogram, type Percentiles } from './histogram.ts';
import { Pacer } from './pacer.ts';
import type { Fraction } from './rate.ts';
import type { Work, WorkReport } from './work.ts';

export interface LatencyOptions {
  /** Of probes. */
  framesPerSecond: Fraction;
  /** Without FCS. */
  frameBytes: number;
  burstSize: number;
  /** What {@link backToBackBias} found. */
  biasNanoseconds?: number | null;
}

/** What probes found; times are nanoseconds. */
export interface LatencyResult {
  sent: number;
  received: number;
  /** Sent and not received by the end. */
  lost: number;
  /** Received after one that was sent later. */
  outOfOrder: number;
  /** From the time at which a probe was to leave: a sender that was held up does not hide what the others would have met. */
  latencyNanoseconds: Percentiles;
  /** The same, in finer steps; values are nanoseconds. */
  distribution: Distribution;
  /** From the time at which it did leave. */
  fromDepartureNanoseconds: Percentiles;
  /** The part of each that is this program's own: the median between two software ports without anything between them. */
  biasNanoseconds: number | null;
}

// In a probe's payload, after its header: a mark, its number, when it was to leave, and when it did, in nanoseconds.
const markAt = headerBytes + 2;
const numberAt = markAt + 4;
const intendedAt = numberAt + 8;
const departureAt = intendedAt + 8;
export const leastProbeBytes = departureAt + 8;
const mark = 0x706d6421;

/** Sends probes from one port to the other at a rate, and takes the time that each was under way. */
export class LatencyProbe implements Work {
  readonly sends = true;
  readonly bursts = new BurstSizes();
  readonly txDropped: readonly number[] = [0, 0];
  readonly #pool: Pool;
  readonly #tx: Port;
  readonly #rx: Port;
  readonly #txQueue: TxQueue;
  readonly #rxQueue: RxQueue;
  readonly #outgoing: Burst;
  readonly #incoming: Burst;
  readonly #data: DataView;
  readonly #header: Uint8Array;
  readonly #pacer: Pacer;
  readonly #frameBytes: number;
  readonly #latencyNs = new Histogram();
  readonly #fromDepartureNs = new Histogram();
  readonly #biasNanoseconds: number | null;
  #startNs = 0;
  #made = 0;
  #sent = 0;
  #received = 0;
  #outOfOrder = 0;
  #latest = -1;

  constructor(pool: Pool, tx: Port, rx: Port, options: LatencyOptions) {
    this.#pool = pool;
    this.#tx = tx;
    this.#rx = rx;
    this.#txQueue = tx.tx[0];
    this.#rxQueue = rx.rx[0];
    this.#outgoing = pool.createBurst(options.burstSize);
    this.#incoming = pool.createBurst(options.burstSize);
    this.#data = new DataView(pool.bytes.buffer, pool.bytes.byteOffset, pool.bytes.byteLength);
    this.#header = headerOf(tx, rx);
    this.#pacer = new Pacer(options.framesPerSecond);
    this.#frameBytes = options.frameBytes;
    this.#biasNanoseconds = options.biasNanoseconds ?? null;
  }

  round(budget: number): number {
    const received = this.#receive(budget);
    const sent = budget > received ? this.#send(budget - received) : 0;
    return received + sent;
  }

  release(): void {
    this.#outgoing.release();
    this.#incoming.release();
  }

  async finish(): Promise<WorkReport> {
    await drainTx(this.#pool, [this.#tx]);
    await this.#awaitLast();
    const result: LatencyResult = {
      sent: this.#sent,
      received: this.#received,
      lost: this.#sent - this.#received,
      outOfOrder: this.#outOfOrder,
      latencyNanoseconds: this.#latencyNs.percentiles(),
      distribution: this.#latencyNs.distribution(),
      fromDepartureNanoseconds: this.#fromDepartureNs.percentiles(),
      biasNanoseconds: this.#biasNanoseconds,
    };
    const { lost } = result;
    return {
      details: { latency: result },
      notes: lost === 0 ? [] : [`${lost} of ${this.#sent} probes were lost`],
    };
  }

  /** Probes that are under way when the time is over count as well. */
  async #awaitLast(): Promise<void> {
    const endNs = monotonicNs() + lastProbesNs;
    while (this.#received < this.#sent && monotonicNs() < endNs && this.#rx.state === 'running') {
      this.#receive(this.#incoming.capacity);
      await setImmediate();
    }
  }

  #send(budget: number): number {
    const nowNs = monotonicNs();
    if (this.#startNs === 0) this.#startNs = nowNs;
    const burst = this.#outgoing;
    const held = burst.count;
    const due = this.#pacer.dueBy(nowNs - this.#startNs) - this.#made;
    const made = burst.allocate(Math.max(0, Math.min(due, budget - held, burst.capacity - held)));
    for (let i = held; i < held + made; i++) this.#write(burst, i, this.#made++);
    if (burst.count === 0) return 0;
    for (let i = 0; i < burst.count; i++) this.#data.setFloat64(burst.position(i) + departureAt, nowNs);
    const sent = this.#txQueue.send(burst);
    if (sent > 0) this.bursts.add(sent);
    this.#sent += sent;
    return sent;
  }

  #write(burst: Burst, i: number, number: number): void {
    const position = burst.position(i);
    const { bytes } = this.#pool;
    for (let at = 0; at < headerBytes; at++) bytes[position + at] = this.#header[at]!;
    this.#data.setUint32(position + markAt, mark);
    this.#data.setFloat64(position + numberAt, number);
    this.#data.setFloat64(position + intendedAt, this.#startNs + this.#pacer.departureNs(number));
    burst.lengths[i] = this.#frameBytes;
  }

  #receive(budget: number): number {
    const burst = this.#incoming;
    const count = this.#rxQueue.receive(burst, budget);
    if (count === 0) return 0;
    for (let i = 0; i < count; i++)
      if (burst.lengths[i]! >= leastProbeBytes) this.#record(burst.position(i), burst.timestampNs);
    burst.release();
    return count;
  }

  #record(position: number, nowNs: number): void {
    const data = this.#data;
    if (data.getUint32(position + markAt) !== mark) return;
    const number = data.getFloat64(position + numberAt);
    if (number < this.#latest) this.#outOfOrder++;
    else this.#latest = number;
    this.#received++;
    this.#latencyNs.record(nowNs - data.getFloat64(position + intendedAt));
    this.#fromDepartureNs.record(nowNs - data.getFloat64(position + departureAt));
  }
}

// More than any delay of an emulated wire that one measures with.
const lastProbesNs = 2e9;

function headerOf(tx: Port, rx: Port): Uint8Array {
  const header = new Uint8Array(headerBytes);
  setDestination(header, 0, parseMac(rx.mac));
  setSource(header, 0, parseMac(tx.mac));
  header[12] = experimentalEtherType >> 8;
  header[13] = experimentalEtherType & 0xff;
  return header;
}
