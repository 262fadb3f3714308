import { setImmediate } from 'node:timers/promises';
import { PmdError, type Port } from '../../../src/index.ts';
import { untilSeen } from '../../support/until.ts';
import { Sink, Source } from './stream.ts';

const window = 128;
/** Frames that have not arrived by then were lost to whatever the test does to the ports. */
const silenceMs = 100;

/** Traffic that does not end by itself, from one port to another, and goes on over losses. */
export class Exchange {
  /** Frames that have arrived whole. */
  passed = 0;
  /** What ended it before {@link stop}, if anything did. */
  failure: unknown;
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #done: Promise<void>;
  #stopping = false;

  constructor(from: Port, to: Port, seed = 5) {
    this.#source = new Source(from, to.mac, seed);
    this.#sink = new Sink(to, seed);
    this.#done = this.#run().catch((error: unknown) => {
      this.failure = error;
    });
  }

  async #run(): Promise<void> {
    let outstandingFrom = 0;
    let lastArrival = performance.now();
    while (!this.#stopping) {
      const seen = Math.max(this.#sink.seen, outstandingFrom);
      this.#source.send(seen + window);
      const got = this.#sink.receive();
      this.passed += got;
      if (got > 0) lastArrival = performance.now();
      if (performance.now() - lastArrival > silenceMs) {
        outstandingFrom = this.#source.sent;
        lastArrival = performance.now();
      }
      if (this.#sink.tally.corrupted > 0) throw new Error('a frame arrived corrupted');
      await setImmediate();
    }
  }

  /** Waits until so many more frames have arrived. */
  async passes(frames: number): Promise<void> {
    const goal = this.passed + frames;
    await untilSeen(`${frames} more frames`, () => {
      if (this.failure !== undefined) throw this.failure;
      return this.passed >= goal;
    });
  }

  /** Waits until the ports refuse bursts, and returns with which error. */
  async refused(): Promise<PmdError> {
    await untilSeen('the end of traffic', () => this.failure !== undefined);
    if (!(this.failure instanceof PmdError)) throw this.failure;
    return this.failure;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#done;
    this.#source.release();
  }
}
