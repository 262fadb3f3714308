import type { Details } from './details.ts';

/** What a run was about beside frames. */
export interface Outcome {
  /** For the result's document. */
  details: Details;
  /** For people: a line each. */
  notes: readonly string[];
}
