import { Script } from 'node:vm';
import { cycleCount } from '../core/clock.ts';
import type { Work } from './work.ts';

// A slice ends at whichever comes first. At 30 to 100 ns a frame, or for as much an empty round, it lasts well under a
// millisecond: timers, signals and sockets of this thread hardly notice it, and what a turn of the event loop costs (some
// microseconds and half a kilobyte of garbage) is spread over all of it.
const framesPerSlice = 8192;
const roundsPerSlice = 4096;
const emptyRoundsPerMark = 64;

const sliceKey = Symbol.for('vfio-pmd.slice');
const callSlice = new Script("globalThis[Symbol.for('vfio-pmd.slice')]()");

/** Polls work in slices, and gives the event loop a turn after each. */
export class PollLoop {
  /** Frames moved. */
  frames = 0;
  /**
   * Cycles of the rounds that moved frames. Empty rounds are the time in which nothing was to do, or in which another
   * process had the CPU.
   */
  busyCycles = 0;
  /** Whether SIGINT ended it amid a round. */
  interrupted = false;
  readonly #work: Work;
  readonly #maxFrames: number;
  #emptyRoundCycles = 0;
  #stopped = false;

  constructor(work: Work, maxFrames: number) {
    this.#work = work;
    this.#maxFrames = maxFrames;
  }

  /** Until {@link stop}, the most frames, the work's end, or an error. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        if (this.#stopped || this.#work.done === true || this.frames >= this.#maxFrames) return resolve();
        try {
          if (this.#work.interruptible) this.#interruptibleSlice();
          else this.#slice();
        } catch (error) {
          return reject(error);
        }
        if (this.#stopped) return resolve();
        setImmediate(turn);
      };
      turn();
    });
  }

  /** What is called in a vm's script ends at SIGINT wherever it is, also where it never returns. */
  #interruptibleSlice(): void {
    (globalThis as Record<symbol, unknown>)[sliceKey] = () => this.#slice();
    try {
      callSlice.runInThisContext({ breakOnSigint: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_INTERRUPTED') throw error;
      this.interrupted = true;
      this.stop();
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  // Reading the cycle counter costs some 20 ns, so it is not read for every empty round: those that come before a
  // full one are subtracted, at what the quickest of their kind cost.
  #slice(): void {
    const end = Math.min(this.frames + framesPerSlice, this.#maxFrames);
    let mark = cycleCount();
    let emptyRounds = 0;
    let busy = false;
    for (let round = 0; round < roundsPerSlice && this.frames < end && this.#work.done !== true; round++) {
      const moved = this.#work.round(end - this.frames);
      if (moved > 0) {
        this.frames += moved;
        busy = true;
        continue;
      }
      emptyRounds++;
      if (!busy && emptyRounds < emptyRoundsPerMark) continue;
      mark = this.#account(mark, emptyRounds, busy);
      emptyRounds = 0;
      busy = false;
    }
    if (busy) this.#account(mark, emptyRounds, busy);
  }

  /** Adds what passed since the mark to the busy cycles, or learns from it what an empty round costs. Returns the new mark. */
  #account(mark: number, emptyRounds: number, busy: boolean): number {
    const now = cycleCount();
    if (busy) {
      this.busyCycles += Math.max(0, now - mark - emptyRounds * this.#emptyRoundCycles);
    } else {
      const cycles = (now - mark) / emptyRounds;
      this.#emptyRoundCycles =
        this.#emptyRoundCycles === 0 ? cycles : Math.min(this.#emptyRoundCycles, cycles);
    }
    return now;
  }
}
