// What a burst of the library holds at most.
const maxBurst = 1024;

/** Counts bursts by how many frames they had. Counting allocates nothing. */
export class BurstSizes {
  readonly #counts = new Float64Array(maxBurst + 1);
  /** Bursts in all. */
  count = 0;

  /** One more burst, which was not empty. */
  add(frames: number): void {
    this.count++;
    this.#counts[frames] = this.#counts[frames]! + 1;
  }

  /** How many bursts had so many frames; sizes that did not come up are left out. */
  toRecord(): Record<string, number> {
    const seen: Record<string, number> = {};
    this.#counts.forEach((bursts, frames) => {
      if (bursts > 0) seen[frames] = bursts;
    });
    return seen;
  }
}
