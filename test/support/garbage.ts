import assert from 'node:assert/strict';
import { compileInPlace } from './compile-in-place.ts';

const rounds = 10;

/**
 * Bytes of the JavaScript heap that a run leaves once V8 has compiled it: the least of some rounds, because collecting what other
 * tests left may cost V8 its code once more. A round in which V8 collected says nothing and does not count.
 */
export function garbageOf(run: () => void): number {
  assert.ok(gc !== undefined, 'node runs with --expose-gc');
  compileInPlace();
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    gc();
    const before = process.memoryUsage().heapUsed;
    run();
    const bytes = process.memoryUsage().heapUsed - before;
    if (bytes >= 0 && bytes < least) least = bytes;
  }
  assert.ok(least !== Number.POSITIVE_INFINITY, 'V8 collected in every round: make them shorter');
  return least;
}
