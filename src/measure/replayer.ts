import { performance } from 'node:perf_hooks';
import type { Burst } from '../core/burst.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { TxQueue } from '../core/tx-queue.ts';
import { Lateness } from '../pacing/lateness.ts';
import { ReplaySchedule, type ReplayTiming } from '../pacing/replay-schedule.ts';
import type { CaptureReader, CaptureRecord } from '../pcap/index.ts';
import { decimal, group } from '../results/figures.ts';
import type { Outcome } from '../results/outcome.ts';
import type { ReplayDetails, Skipped } from '../results/replay-details.ts';
import { BurstSizes } from './burst-sizes.ts';
import { drainTx, refreshAll } from './drain.ts';
import { receivedByFarEnd } from './far-end.ts';
import { longestFrameOf } from './outlet.ts';
import { SkippedFrames, skipReason, withoutFcs } from './skipped-frames.ts';
import type { Work } from './work.ts';

export interface ReplayOptions {
  timing: ReplayTiming;
  /** How often the file is sent: Infinity for ever. */
  passes: number;
  burstSize: number;
  /** Frames to send in all; default: all of the file. */
  packets?: number | undefined;
}

/** Opens the file, for its next pass. */
export type OpenCapture = () => Promise<CaptureReader>;

/**
 * Sends the frames of a capture file from a port. Reads ahead, so that neither the disk nor the event loop is waited for while
 * frames are due. Frames that can't be sent as they were are skipped, and counted by reason.
 */
export class Replayer implements Work {
  readonly sends = true;
  readonly bursts = new BurstSizes();
  readonly txDropped: readonly number[] = [0];
  /** Whether all passes are sent. */
  done = false;
  readonly #tx: TxQueue;
  readonly #burst: Burst;
  readonly #bytes: Uint8Array;
  readonly #burstSize: number;
  readonly #maxFrameBytes: number;
  readonly #packets: number;
  readonly #open: OpenCapture;
  readonly #schedule: ReplaySchedule;
  readonly #skipped = new SkippedFrames();
  readonly #lateness: Lateness;
  readonly #port: Port;
  #lastRoundMs = 0;
  #passesLeft: number;
  #reader: CaptureReader;
  /** Read, and not yet due. */
  #next: CaptureRecord | undefined;
  #pass = 0;
  #sendable = 0;
  /** What goes on with the file meanwhile, and what came of it. */
  #reading: Promise<void> | undefined;
  #failure: unknown;

  /** @param reader The file, opened: the replayer closes it, and those that `open` gives for later passes. */
  constructor(pool: Pool, port: Port, reader: CaptureReader, open: OpenCapture, options: ReplayOptions) {
    this.#port = port;
    this.#tx = port.tx[0];
    this.#lateness = new Lateness(options.burstSize);
    this.#burst = pool.createBurst(options.burstSize);
    this.#bytes = pool.bytes;
    this.#burstSize = options.burstSize;
    this.#maxFrameBytes = Math.min(longestFrameOf(port), pool.dataRoom);
    this.#reader = reader;
    this.#open = open;
    this.#schedule = new ReplaySchedule(options.timing);
    this.#passesLeft = options.passes;
    this.#packets = options.packets ?? Number.POSITIVE_INFINITY;
  }

  get pause(): string | undefined {
    if (this.#next === undefined) return undefined;
    const seconds = (this.#schedule.dueMs - performance.now()) / 1000;
    return seconds > 0 ? `the capture pauses: its next frame is due in ${decimal(seconds, 1)} s` : undefined;
  }

  round(budget: number): number {
    const burst = this.#burst;
    this.#collect(Math.min(budget, this.#burstSize));
    if (burst.count === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      this.done = this.#passesLeft === 0;
      return 0;
    }
    const sent = this.#tx.send(burst);
    if (sent === 0) return 0;
    this.bursts.add(sent);
    this.#lateness.leave(sent, performance.now());
    return sent;
  }

  release(): void {
    this.#burst.release();
  }

  async finish(): Promise<Outcome> {
    await this.#reading;
    await this.#reader.close();
    const skipped = this.#skipped.list();
    return {
      details: { replay: { skipped, truncated: this.#reader.truncated, ...(await this.#counts()) } },
      notes: [...this.#clockNotes(), ...skipped.map(skippedNote)],
    };
  }

  #clockNotes(): string[] {
    const { clockStepsBack } = this.#schedule;
    if (clockStepsBack === 0) return [];
    const often = clockStepsBack === 1 ? 'once' : `${clockStepsBack} times`;
    return [`the capture's clock was set back ${often}: the frame after that went at once`];
  }

  /** As for a rate; what the file would have had due by the end is known at a fixed rate only. */
  async #counts(): Promise<Omit<ReplayDetails, 'skipped' | 'truncated'>> {
    await drainTx([this.#port]);
    await refreshAll([this.#port]);
    const { offered, sent } = this.#lateness;
    const due = this.done ? offered : this.#schedule.dueBy(this.#lastRoundMs);
    return {
      intended: due === null ? null : Math.min(due, this.#packets),
      offered,
      sent,
      received: receivedByFarEnd(this.#port.stats()),
      deviationNanoseconds: this.#lateness.percentiles(),
    };
  }

  /** Puts frames that are due into the burst. */
  #collect(wanted: number): void {
    const burst = this.#burst;
    const nowMs = performance.now();
    this.#lastRoundMs = nowMs;
    while (burst.count < wanted) {
      this.#next ??= this.#readNext(nowMs);
      if (this.#next === undefined || this.#schedule.dueMs > nowMs) return;
      const at = burst.count;
      if (burst.allocate(1) === 0) return;
      this.#bytes.set(this.#next.data, burst.position(at));
      burst.lengths[at] = this.#next.capturedLength;
      this.#lateness.hold(this.#schedule.dueMs);
      this.#next = undefined;
    }
  }

  /** The next frame that can be sent, put on the schedule; undefined while there is none. */
  #readNext(nowMs: number): CaptureRecord | undefined {
    while (this.#passesLeft > 0 && this.#failure === undefined) {
      this.#readAhead();
      const record = this.#nextRecord();
      if (record === undefined) {
        if (this.#failure !== undefined) return undefined;
        if (this.#reading === undefined) this.#readOn();
        if (this.#reader.ended || this.#reading !== undefined) return undefined;
        continue;
      }
      withoutFcs(record);
      const reason = skipReason(record, this.#maxFrameBytes);
      if (reason === undefined) {
        this.#sendable++;
        this.#schedule.add(record, nowMs);
        return record;
      }
      this.#skipped.add(reason, record.number, this.#pass === 0);
    }
    return undefined;
  }

  /** A fault of the file waits until what came before it is sent. */
  #nextRecord(): CaptureRecord | undefined {
    try {
      return this.#reader.next();
    } catch (error) {
      this.#failure = error;
      return undefined;
    }
  }

  /** Before a record is used, because reading on ends the last one. */
  #readAhead(): void {
    const reader = this.#reader;
    if (this.#reading !== undefined || reader.ended) return;
    if (reader.availableBytes < reader.bufferBytes / 2) this.#meanwhile(reader.fill());
  }

  /** Nothing is left of what was read: there is more in the file, or another pass. */
  #readOn(): void {
    if (this.#reader.ended) this.#endPass();
    else this.#meanwhile(this.#reader.fill());
  }

  #endPass(): void {
    this.#pass++;
    // A file without a frame to send has been sent, however often that was wanted.
    this.#passesLeft = this.#sendable === 0 ? 0 : this.#passesLeft - 1;
    this.#schedule.startPass();
    if (this.#passesLeft > 0 && !this.#reader.rewind()) this.#meanwhile(this.#reopen());
  }

  async #reopen(): Promise<void> {
    await this.#reader.close();
    this.#reader = await this.#open();
  }

  #meanwhile(work: Promise<unknown>): void {
    this.#reading = work.then(
      () => {
        this.#reading = undefined;
      },
      (error: unknown) => {
        this.#failure = error;
        this.#reading = undefined;
      },
    );
  }
}

function skippedNote({ reason, frames, numbers }: Skipped): string {
  const more = frames > numbers.length ? ', …' : '';
  return `${group(frames)} not sent, ${reason}: frame ${numbers.join(', ')}${more}`;
}
