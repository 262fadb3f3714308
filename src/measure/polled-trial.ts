import type { Burst } from '../core/burst.ts';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import type { Generator } from './generator.ts';

/** The two ends of what is measured. Only the generator sends on the one, and only the trial receives from the other. */
export interface TrialEnds {
  pool: Pool;
  tx: Port;
  rx: Port;
  generator: Generator;
  /** Of the pool, to receive into. */
  burst: Burst;
  /** How long the last frames are waited for after the last one that came. */
  settleMs: number;
}

/** What is polled until it has a result. */
export interface PolledTrial<Result> {
  round(budget: number): number;
  readonly result: Result | undefined;
}
