import { bytesIn } from './check.ts';
import { checkMemory, describe, invalidArgument } from './errors.ts';
import { RxFlag } from './layout.ts';
import type { PacketMemory } from './packet-memory.ts';

/** What is needed of a burst to put frames into it. */
interface Frames {
  readonly pool: PacketMemory;
  readonly count: number;
  readonly statuses: Uint32Array;
  readonly lengths: Uint16Array;
  readonly offsets: Uint16Array;
  position(i: number): number;
  view(i: number): Buffer;
  allocate(wanted: number): number;
  release(first: number): void;
  chain(i: number, entries: number): void;
}

/** Appends a copy of `data` as a frame. False when the burst or the pool is full. */
export function appendData(burst: Frames, data: Uint8Array): boolean {
  const length = bytesIn(data);
  if (length === undefined || length > burst.pool.dataRoom) {
    throw invalidArgument(
      length === undefined ? `${describe(data)} is not a frame` : `a frame of ${length} bytes`,
      `pass a Uint8Array of at most ${burst.pool.dataRoom} bytes`,
    );
  }
  const i = burst.count;
  if (burst.allocate(1) === 0) return false;
  try {
    fill(burst, i, data);
  } catch (error) {
    burst.release(i);
    throw error;
  }
  burst.lengths[i] = length;
  return true;
}

/** Copies `data` to where frame `i` begins, and nowhere else: shared memory may have grown since its length was checked. */
function fill(burst: Frames, i: number, data: Uint8Array): void {
  const view = burst.view(i);
  checkMemory(view);
  try {
    view.set(data, burst.offsets[i]!);
  } catch {
    throw invalidArgument(
      'the frame grew while it was copied',
      'let no other thread resize its memory meanwhile',
    );
  }
}

/** Appends a copy of the frame of so many entries from entry `i` on to another burst. False when that one or its pool is full. */
export function appendFrame(burst: Frames, i: number, entries: number, other: Frames): boolean {
  const where = other.count;
  if (other.allocate(entries) < entries) {
    other.release(where);
    return false;
  }
  const { bytes } = burst.pool;
  for (let k = 0; k < entries; k++) {
    const from = burst.position(i + k);
    bytes.copyWithin(other.position(where + k), from, from + burst.lengths[i + k]!);
    other.lengths[where + k] = burst.lengths[i + k]!;
    other.statuses[where + k] = burst.statuses[i + k]! & ~RxFlag.more;
  }
  if (entries > 1) other.chain(where, entries);
  return true;
}

/** Refuses to tell a time that a burst does not take. */
export function missingTimestamps(): never {
  throw invalidArgument('this burst has no timestamps', 'make it with createBurst(n, { timestamps: true })');
}
