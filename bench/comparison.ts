import type { Figure } from './figure.ts';

/** What every comparison is told. */
export interface BenchContext {
  pairs: number;
  /** A look at whether it all runs: counts so small that the figures mean nothing. */
  smoke: boolean;
  /** Cycle counter's ticks in a nanosecond. */
  cyclesPerNs: number;
  report(figure: Figure): void;
}

export interface Comparison {
  name: string;
  title: string;
  run(context: BenchContext): Promise<void>;
}
