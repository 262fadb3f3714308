import { cycleCount } from '../clock.ts';
import type { Work } from './work.ts';

// A slice ends at whichever comes first. At 50 to 100 ns a frame it lasts well under a millisecond, so timers, signals
// and sockets of this thread hardly notice, and the 2.5 us of an event loop's turn are spread over thousands of frames.
const framesPerSlice = 4096;
const roundsPerSlice = 256;
const idleRoundsPerSlice = 8;

/** Polls work in slices, and gives the event loop a turn after each. */
export class PollLoop {
  /** Frames moved. */
  frames = 0;
  /** Cycles of rounds that moved frames, and of the empty one that ends each row of them. */
  busyCycles = 0;
  readonly #work: Work;
  readonly #maxFrames: number;
  #stopped = false;

  constructor(work: Work, maxFrames: number) {
    this.#work = work;
    this.#maxFrames = maxFrames;
  }

  /** Until {@link stop}, the most frames, or an error. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        if (this.#stopped || this.frames >= this.#maxFrames) return resolve();
        try {
          this.#slice();
        } catch (error) {
          return reject(error);
        }
        setImmediate(turn);
      };
      turn();
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  #slice(): void {
    const end = Math.min(this.frames + framesPerSlice, this.#maxFrames);
    let mark = cycleCount();
    let busy = false;
    let idleRounds = 0;
    for (let round = 0; round < roundsPerSlice && this.frames < end; round++) {
      const moved = this.#work.round(end - this.frames);
      this.frames += moved;
      if (moved > 0) {
        busy = true;
        continue;
      }
      mark = this.#account(mark, busy);
      busy = false;
      if (++idleRounds === idleRoundsPerSlice) break;
    }
    if (busy) this.#account(mark, busy);
  }

  #account(since: number, busy: boolean): number {
    const now = cycleCount();
    if (busy) this.busyCycles += now - since;
    return now;
  }
}
