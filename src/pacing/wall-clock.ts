import { performance } from 'node:perf_hooks';

const nanosecondsPerSecond = 1e9;

/** Turns times of bursts, which know no calendar, into those of captures. */
export class WallClock {
  readonly #offsetSeconds: number;
  readonly #offsetNs: number;

  constructor() {
    const [seconds, nanoseconds] = process.hrtime();
    const wallMs = performance.timeOrigin + performance.now();
    const wallSeconds = Math.floor(wallMs / 1000);
    // In two parts: nanoseconds since 1970 are more than a number holds.
    this.#offsetSeconds = wallSeconds - seconds;
    this.#offsetNs = Math.floor((wallMs - wallSeconds * 1000) * 1e6) - nanoseconds;
  }

  /** The time that `timestampNs` of a burst means. */
  at(timestampNs: number, time: { seconds: number; nanoseconds: number }): void {
    const seconds = Math.floor(timestampNs / nanosecondsPerSecond);
    const nanoseconds = timestampNs - seconds * nanosecondsPerSecond + this.#offsetNs;
    const carried = Math.floor(nanoseconds / nanosecondsPerSecond);
    time.seconds = seconds + this.#offsetSeconds + carried;
    time.nanoseconds = nanoseconds - carried * nanosecondsPerSecond;
  }

  now(): { seconds: number; nanoseconds: number } {
    const time = { seconds: 0, nanoseconds: 0 };
    const [seconds, nanoseconds] = process.hrtime();
    this.at(seconds * nanosecondsPerSecond + nanoseconds, time);
    return time;
  }
}
