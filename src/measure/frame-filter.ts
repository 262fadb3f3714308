import type { Burst } from '../core/burst.ts';
import { createFilter, type Filter } from '../programs/filter.ts';
import { group } from '../results/figures.ts';
import type { Outcome } from '../results/outcome.ts';

/** A filter over received bursts, and how many frames it has let pass. */
export class FrameFilter {
  readonly #expression: string;
  readonly #filter: Filter;
  #frames = 0;
  #matched = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#filter = createFilter(expression);
  }

  /** Releases the frames of a burst that do not match; returns how many are left. */
  keep(burst: Burst): number {
    this.#frames += burst.count;
    const left = this.#filter.apply(burst);
    this.#matched += left;
    return left;
  }

  get outcome(): Outcome {
    const [expression, frames, matched] = [this.#expression, this.#frames, this.#matched];
    return {
      details: { filter: { expression, frames, matched } },
      notes: [`${group(matched)} of ${group(frames)} frames matched the filter`],
    };
  }
}
