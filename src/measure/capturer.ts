import type { Burst } from '../core/burst.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { RxQueue } from '../core/rx-queue.ts';
import { restoreTags } from '../net/restore-tags.ts';
import { WallClock } from '../pacing/wall-clock.ts';
import type { CapturedFrame, CaptureStatistics, CaptureWriter } from '../pcap/index.ts';
import { group } from '../results/figures.ts';
import type { Outcome } from '../results/outcome.ts';
import { BurstSizes } from './burst-sizes.ts';
import type { FrameFilter } from './frame-filter.ts';
import type { Work } from './work.ts';

const flushIntervalMs = 1000;

/** Writes every frame that arrives at any of the ports into a capture file; the file's interfaces are the ports, in their order. */
export class Capturer implements Work {
  readonly sends = false;
  readonly bursts = new BurstSizes();
  readonly txDropped: readonly number[];
  /** Frames of each port that the disk was too slow for. */
  readonly notWritten: number[];
  readonly #ports: readonly Port[];
  readonly #queues: readonly RxQueue[];
  readonly #burst: Burst;
  readonly #writer: CaptureWriter;
  readonly #frame: CapturedFrame;
  readonly #clock = new WallClock();
  readonly #start = this.#clock.now();
  readonly #flushing: NodeJS.Timeout;
  readonly #filter: FrameFilter | undefined;

  /**
   * @param writer With an interface for each port. The capturer closes it.
   * @param filter Says which frames are written, tags included.
   */
  constructor(
    pool: Pool,
    ports: readonly Port[],
    writer: CaptureWriter,
    burstSize: number,
    filter?: FrameFilter,
  ) {
    this.#filter = filter;
    this.txDropped = ports.map(() => 0);
    this.notWritten = ports.map(() => 0);
    this.#ports = ports;
    this.#queues = ports.map((port) => port.rx[0]);
    this.#burst = pool.createBurst(burstSize, { timestamps: true });
    this.#writer = writer;
    this.#frame = {
      interfaceIndex: 0,
      seconds: 0,
      nanoseconds: 0,
      direction: 'inbound',
      originalLength: 0,
      capturedLength: 0,
      bytes: pool.bytes,
      position: 0,
    };
    // So that a reader of the file is a second behind at most. What fails is heard of at the next write.
    this.#flushing = setInterval(() => writer.flush().catch(() => undefined), flushIntervalMs);
  }

  round(budget: number): number {
    let moved = 0;
    for (let i = 0; i < this.#queues.length; i++) {
      const received = this.#queues[i]!.receive(this.#burst, budget - moved);
      if (received === 0) continue;
      restoreTags(this.#burst);
      this.#write(i, this.#filter?.keep(this.#burst) ?? received);
      this.#burst.release();
      this.bursts.add(received);
      moved += received;
    }
    return moved;
  }

  /** Frames of a burst have one time: when they were received together. */
  #write(port: number, count: number): void {
    const burst = this.#burst;
    const frame = this.#frame;
    frame.interfaceIndex = port;
    this.#clock.at(burst.timestampNs, frame);
    for (let i = 0; i < count; i++) {
      const length = burst.lengths[i]!;
      frame.position = burst.position(i);
      frame.capturedLength = length;
      frame.originalLength = length;
      if (!this.#writer.write(frame)) this.notWritten[port]!++;
    }
  }

  release(): void {
    this.#burst.release();
  }

  async finish(): Promise<Outcome> {
    clearInterval(this.#flushing);
    await this.#writer.close(this.#statistics());
    const { path, format, frames, writtenBytes } = this.#writer;
    const lost = this.notWritten.reduce((sum, count) => sum + count, 0);
    const filtered = this.#filter?.outcome;
    return {
      details: {
        ...filtered?.details,
        capture: { file: path, format, frames, bytes: writtenBytes, notWritten: this.notWritten },
      },
      notes: [
        ...(filtered?.notes ?? []),
        `${group(frames)} frames in ${path}, ${group(writtenBytes)} bytes`,
        ...(lost > 0
          ? [`${group(lost)} frames were received and not written: the disk did not keep up`]
          : []),
      ],
    };
  }

  #statistics(): CaptureStatistics {
    const interfaces = this.#ports.map((port, i) => {
      const { rxPackets, device } = port.stats();
      const lost = this.notWritten[i]!;
      const droppedFrames = device.rxMissed === null && lost === 0 ? null : (device.rxMissed ?? 0) + lost;
      return { receivedFrames: rxPackets, droppedFrames };
    });
    return { start: this.#start, end: this.#clock.now(), interfaces };
  }
}
