import { invalidArgument } from './errors.ts';
import type { NativeBurst } from './native.ts';

/** A column of a burst, whatever its elements are. */
export type Column = Uint32Array | Int32Array | Uint16Array | BigUint64Array;

/** The optional columns of a burst, in the order in which they stand in its block; undefined: it has none. */
export function optionalColumns({ block, columns }: NativeBurst, capacity: number) {
  const of = <Array extends Column>(
    at: number | undefined,
    make: new (block: ArrayBuffer, at: number, length: number) => Array,
  ) => (at === undefined ? undefined : new make(block, at, capacity));
  return [
    of(columns.timestamp, BigUint64Array),
    of(columns.hash, Uint32Array),
    of(columns.txRequest, Uint32Array),
    of(columns.verdict, Uint32Array),
    of(columns.segmentSize, Uint16Array),
  ] as const;
}

/** Exchanges two entries. */
export function swapEntries(columns: readonly Column[], a: number, b: number): void {
  for (const column of columns) {
    const value = column[a]!;
    column[a] = column[b]!;
    column[b] = value;
  }
}

/** Exchanges two runs of entries, of any lengths; the first begins and ends before the second. */
export function swapRuns(
  columns: readonly Column[],
  a: number,
  lengthA: number,
  b: number,
  lengthB: number,
): void {
  if (lengthA === 1 && lengthB === 1) {
    swapEntries(columns, a, b);
    return;
  }
  for (const column of columns) {
    const first = column.slice(a, a + lengthA);
    const second = column.slice(b, b + lengthB);
    column.copyWithin(a + lengthB, a + lengthA, b);
    column.set(second as never, a);
    column.set(first as never, b + lengthB - lengthA);
  }
}

/** Removes a run of entries from the first `count`: the later ones move to the front. */
export function removeRun(columns: readonly Column[], at: number, length: number, count: number): void {
  for (const column of columns) column.copyWithin(at, at + length, count);
}

/** Copies a run of entries, mostly of one: by elements, as a view for each column takes longer. A column that the source lacks becomes zeros. */
export function copyRun(
  from: readonly (Column | undefined)[],
  at: number,
  length: number,
  to: readonly (Column | undefined)[],
  where: number,
): void {
  for (let k = 0; k < to.length; k++) {
    const column = to[k];
    const source = from[k];
    if (column === undefined) continue;
    const zero = column instanceof BigUint64Array ? 0n : 0;
    for (let i = 0; i < length; i++) column[where + i] = source === undefined ? zero : source[at + i]!;
  }
}

/** Brings the entries whose key is `wanted` to `first`, in order, and returns where they end. The keys are one of the columns. */
export function gather(
  columns: readonly Column[],
  keys: Uint32Array,
  wanted: number,
  first: number,
  count: number,
): number {
  let end = first;
  for (let i = first; i < count; i++) if (keys[i] === wanted && i !== end++) swapEntries(columns, i, end - 1);
  return end;
}

/** Refuses a use of an optional column that a burst has not. */
export function missing(column: string): never {
  throw invalidArgument(
    `this burst has no column '${column}'`,
    `make it with createBurst(n, { columns: ['${column}'] })`,
  );
}
