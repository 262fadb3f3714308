import { performance } from 'node:perf_hooks';
import type { Burst, Pool, Port, TxQueue } from '../index.ts';
import type { CaptureReader, CaptureRecord } from '../pcap/index.ts';
import { ReplaySchedule, type ReplayTiming } from './replay-schedule.ts';
import { SkippedFrames, skipReason } from './skipped-frames.ts';
import type { Work, WorkReport } from './work.ts';

export interface ReplayOptions {
  timing: ReplayTiming;
  /** How often the file is sent: Infinity for ever. */
  passes: number;
  burstSize: number;
}

/** Opens the file, for its next pass. */
export type OpenCapture = () => Promise<CaptureReader>;

/**
 * Sends the frames of a capture file from a port. Reads ahead, so that neither the disk nor the event loop is waited for while
 * frames are due. Frames that can't be sent as they were are skipped, and counted by reason.
 */
export class Replayer implements Work {
  readonly sends = true;
  bursts = 0;
  readonly txDropped: readonly number[] = [0];
  /** Whether all passes are sent. */
  done = false;
  readonly #tx: TxQueue;
  readonly #burst: Burst;
  readonly #bytes: Uint8Array;
  readonly #burstSize: number;
  readonly #maxFrameBytes: number;
  readonly #open: OpenCapture;
  readonly #schedule: ReplaySchedule;
  readonly #skipped = new SkippedFrames();
  #passesLeft: number;
  #reader: CaptureReader;
  /** Read, and not yet due. */
  #next: CaptureRecord | undefined;
  /** Of the file, from 1, as tshark counts them. */
  #frameNumber = 0;
  #framesThisPass = 0;
  /** What goes on with the file meanwhile, and what came of it. */
  #reading: Promise<void> | undefined;
  #failure: unknown;

  /** @param reader The file, opened: the replayer closes it, and those that `open` gives for later passes. */
  constructor(pool: Pool, port: Port, reader: CaptureReader, open: OpenCapture, options: ReplayOptions) {
    this.#tx = port.tx[0];
    this.#burst = pool.createBurst(options.burstSize);
    this.#bytes = pool.bytes;
    this.#burstSize = options.burstSize;
    this.#maxFrameBytes = Math.min(port.mtu + 18, pool.dataRoom);
    this.#reader = reader;
    this.#open = open;
    this.#schedule = new ReplaySchedule(options.timing);
    this.#passesLeft = options.passes;
  }

  /** Why nothing moves, when that is the capture's doing. */
  get pause(): string | undefined {
    return this.#next === undefined ? undefined : 'the capture has a pause here';
  }

  round(budget: number): number {
    if (this.#failure !== undefined) throw this.#failure;
    this.#collect(Math.min(budget, this.#burstSize));
    if (this.#burst.count === 0) {
      if (this.#passesLeft === 0) this.done = true;
      return 0;
    }
    if (this.#burst.count > budget) this.#burst.release(budget);
    const sent = this.#tx.send(this.#burst);
    if (sent > 0) this.bursts++;
    return sent;
  }

  /** Puts frames that are due into the burst. */
  #collect(wanted: number): void {
    const burst = this.#burst;
    const nowMs = performance.now();
    while (burst.count < wanted && this.#passesLeft > 0) {
      this.#next ??= this.#readNext();
      if (this.#next === undefined || !this.#schedule.isDue(nowMs)) return;
      const at = burst.count;
      if (burst.allocate(1) === 0) return;
      this.#bytes.set(this.#next.data, burst.position(at));
      burst.lengths[at] = this.#next.capturedLength;
      this.#next = undefined;
    }
  }

  /** The next frame that can be sent, with its time to go; undefined while the file is waited for. */
  #readNext(): CaptureRecord | undefined {
    for (;;) {
      const record = this.#reader.next();
      this.#readAhead();
      if (record === undefined) {
        if (this.#reader.ended && this.#reading === undefined) this.#endPass();
        return undefined;
      }
      this.#frameNumber++;
      withoutFcs(record);
      const reason = skipReason(record, this.#maxFrameBytes);
      if (reason === undefined) {
        this.#framesThisPass++;
        this.#schedule.add(record, performance.now());
        return record;
      }
      this.#skipped.add(reason, this.#frameNumber);
    }
  }
}
