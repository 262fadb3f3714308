import type { Outcome } from '../results/outcome.ts';
import type { BurstSizes } from './burst-sizes.ts';

/** What a run polls, for as long as it lasts: a forwarder, a generator, a receiver. */
export interface Work {
  /** Polls each port once and moves `budget` frames at most; returns how many it moved. Neither blocks nor allocates. */
  round(budget: number): number;
  /** Lets go of frames that it holds between rounds. */
  release(): void;
  /** Whether it only sends, so that a missing far end is no reason for standing still. */
  readonly sends: boolean;
  /** Of the ports, the one where what is sent is to arrive, if there is one. */
  readonly arrivesAt?: number;
  /** Bursts that were not empty. */
  readonly bursts: BurstSizes;
  /** Frames released because the TX ring had no room or the port can't send them, for each port in the ports' order. */
  readonly txDropped: readonly number[];
  /** Of these, what the port can't send, if there can be such frames. */
  readonly txUnsendable?: readonly number[];
  /** Whether it has nothing left to do, ever: that ends the run. */
  readonly done?: boolean;
  /** Why nothing moves at the moment, when nothing is to. */
  readonly pause?: string | undefined;
  /** Whether Ctrl-C has to end it amid a round, because it runs what others wrote. */
  readonly interruptible?: boolean;
  /** Ends what it has beside frames, such as a file. Called once, after the last round, with the ports still open. */
  finish?(): Promise<Outcome>;
}
