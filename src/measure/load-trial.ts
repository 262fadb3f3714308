import { monotonicNs } from '../core/clock.ts';
import { Quiet } from '../pacing/quiet.ts';
import type { TrialResult } from '../results/trial-result.ts';
import type { PlannedTrial } from '../trials/trial-plan.ts';
import { ArrivalCounter } from './arrival-counter.ts';
import type { PolledTrial, TrialEnds } from './polled-trial.ts';

// The end of a trial is watched for frames that always wait, and not at one moment only: a host that is busy with something else just then
// would have the device fail. Whatever a load is above the device's makes a queue that only grows.
const watchedShare = 0.2;
const watchIntervalMs = 0.2;
// What is on its way through a ring at any time is no queue.
const passageSeconds = 1e-4;
// Frames that are due and were held up by the host may leave that much after the end.
const graceMs = 50;

/** A trial under a load, polled until it has a result. */
export class LoadTrial implements PolledTrial<TrialResult> {
  result: TrialResult | undefined;
  readonly #ends: TrialEnds;
  readonly #next: PlannedTrial;
  readonly #arrivals: ArrivalCounter;
  readonly #intended: number;
  readonly #startMs: number;
  readonly #endMs: number;
  #nextWatchMs: number;
  /** The least number of frames that were due and had not left. */
  #queue = Number.POSITIVE_INFINITY;
  #sent = 0;
  /** Since all has left. */
  #quiet: Quiet | undefined;

  constructor(ends: TrialEnds, next: PlannedTrial) {
    const durationMs = next.durationSeconds * 1000;
    this.#ends = ends;
    this.#next = next;
    this.#arrivals = new ArrivalCounter(ends);
    this.#intended = Math.max(1, Math.round(next.load * next.durationSeconds));
    ends.generator.pace({ kind: 'frames', perSecond: { numerator: next.load, denominator: 1 } });
    this.#startMs = monotonicNs() / 1e6;
    this.#endMs = this.#startMs + durationMs;
    this.#nextWatchMs = this.#endMs - durationMs * watchedShare;
  }

  round(budget: number): number {
    const nowMs = monotonicNs() / 1e6;
    const arrivedBefore = this.#arrivals.count;
    const received = this.#arrivals.receive(budget);
    if (this.#quiet !== undefined) {
      const isQuiet = this.#quiet.look(this.#arrivals.count > arrivedBefore, nowMs * 1e6);
      if (isQuiet || this.#arrivals.count >= this.#sent) this.#conclude();
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
    this.#quiet = new Quiet(this.#ends.settleMs * 1e6, nowMs * 1e6);
  }

  #conclude(): void {
    const [counts] = this.#ends.generator.departureCounts;
    const intended = this.#intended;
    const queued = Math.max(0, this.#queue - Math.ceil(this.#next.load * passageSeconds));
    const late = Math.max(0, queued - (intended - this.#sent));
    // More than was sent is no better than less: it was not forwarding.
    const missing = Math.abs(intended - this.#arrivals.count) + late;
    this.result = {
      ...this.#next,
      lossRatio: Math.min(1, missing / intended),
      intended,
      offered: counts!.offered,
      sent: this.#sent,
      received: this.#arrivals.count,
      late,
      deviationP99Nanoseconds: counts!.deviationNanoseconds.p99,
    };
  }
}
