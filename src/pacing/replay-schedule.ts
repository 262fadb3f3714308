import { Pacer } from './pacer.ts';
import type { Fraction } from './rate.ts';

/** When frames of a capture are sent: as they came, so many times as fast; so many per second; or as fast as they go. */
export type ReplayTiming =
  | { kind: 'original'; multiplier: number }
  | { kind: 'rate'; framesPerSecond: Fraction }
  | { kind: 'flat-out' };

/**
 * A frame that is earlier than one before it by more than this follows a clock that was set back. Less is disorder, as between the
 * queues of a NIC. Programs that keep clocks slew them up to about 100 ms, and set them beyond.
 */
const mostDisorderMs = 100;

/** What a schedule needs to know of a frame. */
interface Timed {
  seconds: number;
  nanoseconds: number;
  hasTimestamp: boolean;
}

/**
 * Says when each frame is due, on a clock of milliseconds. Times are counted from the first frame on, so that what goes late does
 * not delay the rest.
 */
export class ReplaySchedule {
  readonly #timing: ReplayTiming;
  readonly #pacer: Pacer | undefined;
  #dueMs = Number.NEGATIVE_INFINITY;
  #startMs: number | undefined;
  #frames = 0;
  #clockStepsBack = 0;
  /** Of the pass: the latest time of a frame. */
  #lastSeconds: number | undefined;
  #lastNanoseconds = 0;

  constructor(timing: ReplayTiming) {
    this.#timing = timing;
    if (timing.kind === 'rate') this.#pacer = new Pacer(timing.framesPerSecond);
  }

  /** When the frame that was added last is due. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** How often the capture's clock was set back: the frame after that was due with the one before. */
  get clockStepsBack(): number {
    return this.#clockStepsBack;
  }

  /** The next frame follows the last one at once: the time between the file's last frame and its first is not known. */
  startPass(): void {
    this.#lastSeconds = undefined;
  }

  /** Works out when the next frame is due: the first one now. */
  add(frame: Timed, nowMs: number): void {
    const timing = this.#timing;
    if (timing.kind === 'flat-out') return;
    this.#startMs ??= nowMs;
    if (timing.kind === 'rate') this.#dueMs = this.#startMs + this.#pacer!.departureNs(this.#frames++) / 1e6;
    else this.#dueMs = Math.max(this.#dueMs, this.#startMs) + this.#gapMs(frame) / timing.multiplier;
  }

  /** Frames whose time has come at a fixed rate; null when only the capture knows. */
  dueBy(nowMs: number): number | null {
    if (this.#pacer === undefined || this.#startMs === undefined) return null;
    return this.#pacer.dueBy((nowMs - this.#startMs) * 1e6);
  }

  /** Since the latest frame before, or since the clock was set back; 0 for one that is earlier, or has no time. */
  #gapMs({ seconds, nanoseconds, hasTimestamp }: Timed): number {
    if (!hasTimestamp) return 0;
    const last = this.#lastSeconds;
    const gapMs =
      last === undefined ? 0 : (seconds - last) * 1000 + (nanoseconds - this.#lastNanoseconds) / 1e6;
    if (gapMs < 0 && gapMs >= -mostDisorderMs) return 0;
    if (gapMs < 0) this.#clockStepsBack++;
    this.#lastSeconds = seconds;
    this.#lastNanoseconds = nanoseconds;
    return Math.max(0, gapMs);
  }
}
