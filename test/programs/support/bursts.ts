import type { Burst } from '../../../src/index.ts';

/** Puts frames into an empty burst that has room for them, byte for byte. */
export function putFrames(burst: Burst, frames: readonly Uint8Array[]): void {
  for (const frame of frames) if (!burst.append(frame)) throw new Error('the pool or the burst is full');
}

/** Calls `use` with bursts of all the frames, one after the other, and says which frame is the first. */
export function inBursts(
  burst: Burst,
  frames: readonly Uint8Array[],
  use: (burst: Burst, first: number) => void,
): void {
  for (let first = 0; first < frames.length; first += burst.capacity) {
    putFrames(burst, frames.slice(first, first + burst.capacity));
    use(burst, first);
    burst.release();
  }
}
