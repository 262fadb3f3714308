import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { GcCount } from '../results/results.ts';

/** Counts the thread's garbage collections from its making on. */
export class GcCounter {
  readonly #total: GcCount = { count: 0, milliseconds: 0 };
  readonly #observer = new PerformanceObserver((list) => this.#add(list.getEntries()));

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  #add(entries: PerformanceEntry[]): void {
    for (const entry of entries) {
      this.#total.count++;
      this.#total.milliseconds += entry.duration;
    }
  }

  async stop(): Promise<GcCount> {
    await setImmediate(); // V8's entries reach the observer's queue at the end of a turn
    this.#add(this.#observer.takeRecords());
    this.#observer.disconnect();
    return this.#total;
  }
}
