import { monotonicNs } from '../clock.ts';
import type { Burst, Pool, Port } from '../index.ts';
import type { Generator } from './generate.ts';
import type { Trial } from './load-classification.ts';
import type { NextTrial } from './search.ts';
import type { Traffic } from './traffic.ts';

/** A trial with its books: frames that were intended and offered, that the port took, and that arrived. */
export interface TrialResult extends Trial {
  intended: number;
  offered: number;
  sent: number;
  received: number;
  /** Of those received: a queue in front of the device that never emptied. They were not forwarded in their time, and are loss. */
  late: number;
  deviationP99Nanoseconds: number | null;
}

/** The two ends of what is measured. Only the generator sends on the one, and only the trial receives from the other. */
export interface TrialEnds {
  pool: Pool;
  tx: Port;
  rx: Port;
  generator: Generator;
  /** Of the pool, to receive into. */
  burst: Burst;
  /** How long the last frames are waited for after the last one that came. */
  settleMs: number;
}

// The end of a trial is watched for frames that always wait, and not at one moment only: a host that is busy with something else just then
// would have the device fail. Whatever a load is above the device's makes a queue that only grows.
const watchedShare = 0.2;
const watchIntervalMs = 0.2;
// What is on its way through a ring at any time is no queue.
const passageSeconds = 1e-4;
// Frames that are due and were held up by the host may leave that much after the end.
const graceMs = 50;

/** One trial, polled until it has a result. */
export class TrialRun {
  result: TrialResult | undefined;
  readonly #ends: TrialEnds;
  readonly #next: NextTrial;
  readonly #traffic: Traffic;
  readonly #intended: number;
  readonly #startMs: number;
  readonly #endMs: number;
  #nextWatchMs: number;
  /** The least number of frames that were due and had not left. */
  #queue = Number.POSITIVE_INFINITY;
  #sent = 0;
  #received = 0;
  #settling = false;
  #lastArrivalMs = 0;

  constructor(ends: TrialEnds, next: NextTrial) {
    const durationMs = next.durationSeconds * 1000;
    this.#ends = ends;
    this.#next = next;
    this.#traffic = ends.generator.traffics[0]!;
    this.#intended = Math.max(1, Math.round(next.load * next.durationSeconds));
    ends.generator.pace({ kind: 'frames', perSecond: { numerator: next.load, denominator: 1 } });
    this.#startMs = monotonicNs() / 1e6;
    this.#endMs = this.#startMs + durationMs;
    this.#nextWatchMs = this.#endMs - durationMs * watchedShare;
  }

  round(budget: number): number {
    const nowMs = monotonicNs() / 1e6;
    const received = this.#receive(budget);
    if (received > 0) this.#lastArrivalMs = nowMs;
    if (this.#settling) {
      this.#settle(nowMs);
      return received;
    }
    if (nowMs >= this.#nextWatchMs) this.#watch(nowMs);
    const room = Math.min(budget - received, this.#intended - this.#sent);
    const sent = room > 0 ? this.#ends.generator.round(room) : 0;
    this.#sent += sent;
    const isOver =
      this.#sent === this.#intended || (room > 0 && sent === 0) || nowMs >= this.#endMs + graceMs;
    if (nowMs >= this.#endMs && isOver) this.#close(nowMs);
    return received + sent;
  }

  #watch(nowMs: number): void {
    const { tx, pool } = this.#ends;
    const elapsedSeconds = (nowMs - this.#startMs) / 1000;
    const due = Math.min(this.#intended, Math.floor(elapsedSeconds * this.#next.load) + 1);
    tx.tx[0].reclaim();
    this.#queue = Math.min(this.#queue, due - this.#sent + pool.usage().txRings);
    this.#nextWatchMs = nowMs + watchIntervalMs;
  }

  /** All that was due has left, or the ring takes no more. */
  #close(nowMs: number): void {
    this.#watch(nowMs);
    this.#ends.generator.release();
    this.#lastArrivalMs = nowMs;
    this.#settling = true;
  }

  #settle(nowMs: number): void {
    if (this.#received < this.#sent && nowMs - this.#lastArrivalMs < this.#ends.settleMs) return;
    const [counts] = this.#ends.generator.departureCounts;
    const intended = this.#intended;
    const queued = Math.max(0, this.#queue - Math.ceil(this.#next.load * passageSeconds));
    const late = Math.max(0, queued - (intended - this.#sent));
    // More than was sent is no better than less: it was not forwarding.
    const missing = Math.abs(intended - this.#received) + late;
    this.result = {
      ...this.#next,
      lossRatio: Math.min(1, missing / intended),
      intended,
      offered: counts!.offered,
      sent: this.#sent,
      received: this.#received,
      late,
      deviationP99Nanoseconds: counts!.deviationNanoseconds.p99,
    };
  }

  /** Takes what arrives, and counts what is ours: strays of a real network are not to make up for losses. */
  #receive(budget: number): number {
    const { rx, burst } = this.#ends;
    const count = rx.rx[0].receive(burst, budget);
    if (count === 0) return 0;
    for (let i = 0; i < count; i++) {
      if (this.#traffic.matches(burst, i)) this.#received++;
      else this.#traffic.forget(burst.indices[i]!); // its payload lies where one of ours will be
    }
    burst.release();
    return count;
  }
}
