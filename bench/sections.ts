import { bench } from './addon.ts';
import type { BenchContext } from './comparison.ts';
import { median } from './statistics.ts';

/** One side of a comparison: runs so many sections and leaves their cycles in the stopwatch. */
export type Side = (sections: number) => void;

/** A section in TypeScript: `measured` alone counts. */
export interface SectionLoop {
  prepare?(): void;
  measured(): void;
  finish?(): void;
}

export function typescriptSide(loop: SectionLoop): Side {
  const { start, stop } = bench;
  return (sections) => {
    for (let i = 0; i < sections; i++) {
      loop.prepare?.();
      start();
      loop.measured();
      stop();
      loop.finish?.();
    }
  };
}

/** A side that first says which device the stopwatch is to step. */
function onDevice(use: () => void, side: Side): Side {
  return (sections) => {
    use();
    side(sections);
  };
}

export interface PairOptions {
  pairs: number;
  /** In each half of a pair. */
  sections: number;
  /** Halves that are thrown away first: V8 compiles in them. */
  warmUp: number;
}

export function pairOptions({ pairs, smoke }: Pick<BenchContext, 'pairs' | 'smoke'>): PairOptions {
  return { pairs, sections: smoke ? 5 : 400, warmUp: smoke ? 1 : 10 };
}

/** The median section, in cycles, of each half of each pair, less an empty one. */
export interface Pairs {
  a: number[];
  b: number[];
}

/** What is compared: a side, and the same without work, which is what measuring costs there. */
export interface Work {
  side: Side;
  empty: Side;
}

export function typescriptWork(loop: SectionLoop, use: () => void): Work {
  const side = (of: SectionLoop) => onDevice(use, typescriptSide(of));
  return { side: side(loop), empty: side({ measured() {} }) };
}

/** Two sides in turns: see {@link runTurns}; what an empty section takes is off. */
export function runPairs(a: Work, b: Work, options: PairOptions): Pairs {
  const halves = runTurns([a.side, b.side, a.empty, b.empty], options);
  const net = (side: number) => halves[side]!.map((cycles, pair) => cycles - halves[side + 2]![pair]!);
  return { a: net(0), b: net(1) };
}

/**
 * Runs sides in turns, a few milliseconds each, so that whatever else the machine does (and its clock: it is not always
 * equally fast) meets all of them. Which one begins changes, and so does who follows whom: every other turn goes backwards.
 * Returns the median section of each side's halves, with what a section without work takes (reading the counter, and the calls around it).
 */
export function runTurns(sides: readonly Side[], { pairs, sections, warmUp }: PairOptions): number[][] {
  for (let i = 0; i < warmUp; i++) for (const side of sides) runHalf(side, sections);
  const result = sides.map((): number[] => []);
  for (let pair = 0; pair < pairs; pair++) {
    const order = sides.map((_, i) => (i + (pair >> 1)) % sides.length);
    if (pair % 2 === 1) order.reverse();
    for (const i of order) result[i]!.push(runHalf(sides[i]!, sections));
  }
  return result;
}

function runHalf(side: Side, sections: number): number {
  bench.samples();
  side(sections);
  return median(bench.samples());
}
