import { cycleCount } from '../src/core/clock.ts';
import { median } from './statistics.ts';

/** Ticks of the cycle counter in a nanosecond, by the monotonic clock: the median of a few short looks. */
export function measureCyclesPerNs(): number {
  return median(
    Array.from({ length: 9 }, () => {
      const beginMs = performance.now();
      const begin = cycleCount();
      let endMs = beginMs;
      while (endMs < beginMs + 10) endMs = performance.now();
      return (cycleCount() - begin) / (endMs - beginMs) / 1e6;
    }),
  );
}
