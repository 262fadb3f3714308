import { performance } from 'node:perf_hooks';
import type { Port } from '../core/port.ts';
import type { PortStats } from '../core/stats.ts';
import type { Interval, PortCounts } from '../results/results.ts';
import type { Work } from './work.ts';

/** All counters at one time. */
interface Reading {
  atMs: number;
  stats: PortStats[];
  txDropped: number[];
  txUnsendable: number[];
}

/** What changed between two readings: rates for people, counters for whoever looks for a reason. */
export interface Sample {
  interval: Interval;
  before: readonly PortStats[];
  after: readonly PortStats[];
}

/** Reads the ports' counters from time to time. */
export class Sampler {
  readonly #ports: readonly Port[];
  readonly #work: Work;
  readonly #first: Reading;
  #last: Reading;

  constructor(ports: readonly Port[], work: Work) {
    this.#ports = ports;
    this.#work = work;
    this.#first = this.#read();
    this.#last = this.#first;
  }

  #read(): Reading {
    return {
      atMs: performance.now(),
      stats: this.#ports.map((port) => port.stats()),
      txDropped: [...this.#work.txDropped],
      txUnsendable: [...(this.#work.txUnsendable ?? this.#ports.map(() => 0))],
    };
  }

  /** The time since the last sample. */
  sample(): Sample {
    const before = this.#last;
    const after = this.#read();
    this.#last = after;
    return { interval: this.#between(before, after), before: before.stats, after: after.stats };
  }

  /** From the start to the last sample. */
  total(): Interval {
    return this.#between(this.#first, this.#last);
  }

  /** Of the sampled time, with the frames that were then still on their way. */
  undelivered(): (number | null)[] {
    const { stats } = this.#read();
    return stats.map((now, i) => lost('txUndelivered', this.#first.stats[i]!, now));
  }

  get elapsedSeconds(): number {
    return (performance.now() - this.#first.atMs) / 1000;
  }

  #between(before: Reading, after: Reading): Interval {
    const durationSeconds = (after.atMs - before.atMs) / 1000;
    return {
      startSeconds: (before.atMs - this.#first.atMs) / 1000,
      durationSeconds,
      ports: this.#ports.map((port, i) =>
        countsOf(port.address, before.stats[i]!, after.stats[i]!, {
          txDropped: after.txDropped[i]! - before.txDropped[i]!,
          txUnsendable: after.txUnsendable[i]! - before.txUnsendable[i]!,
          durationSeconds,
        }),
      ),
    };
  }
}

function countsOf(
  address: string,
  before: PortStats,
  after: PortStats,
  {
    txDropped,
    txUnsendable,
    durationSeconds,
  }: { txDropped: number; txUnsendable: number; durationSeconds: number },
): PortCounts {
  const rxPackets = after.rxPackets - before.rxPackets;
  const txPackets = after.txPackets - before.txPackets;
  return {
    address,
    rxPackets,
    rxBytes: after.rxBytes - before.rxBytes,
    rxDropped: dropped(after) - dropped(before),
    rxMissed: lost('rxMissed', before, after),
    rxFiltered: lost('rxFiltered', before, after),
    txPackets,
    txBytes: after.txBytes - before.txBytes,
    txDropped,
    txUnsendable,
    txUndelivered: lost('txUndelivered', before, after),
    rxPps: perSecond(rxPackets, durationSeconds),
    txPps: perSecond(txPackets, durationSeconds),
  };
}

function dropped({ rxDropped: { errors, oversize, malformed } }: PortStats): number {
  return errors + oversize + malformed;
}

/** What only the device can know, and few do. */
function lost(
  counter: 'rxMissed' | 'rxFiltered' | 'txUndelivered',
  { device: before }: PortStats,
  { device: after }: PortStats,
): number | null {
  const [first, last] = [before[counter], after[counter]];
  return first === null || last === null ? null : last - first;
}

function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}
