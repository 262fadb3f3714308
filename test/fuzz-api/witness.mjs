// Bursts that no call is made of, beside those that calls are made of: whatever changes them wrote where it had no business.

/** Any number that is neither 0 nor a count. */
const filling = 0xa5;

/** A burst of a pool. With `frames`, it holds some, all of whose buffers are filled: only where nobody may write to any buffer. */
export function makeWitness(pool, capacity, frames) {
  const burst = pool.createBurst(capacity);
  burst.allocate(frames);
  for (let i = 0; i < burst.count; i++) burst.view(i).fill(filling);
  return { pool, burst, block: copyOfBlock(burst), count: burst.count };
}

function copyOfBlock(burst) {
  return Buffer.from(new Uint8Array(burst.indices.buffer)); // copies
}

/** What has changed, or nothing. A pool that was closed or moved away took its bursts with it. */
export function changeOf({ pool, burst, block, count }) {
  if (pool.closed || pool.bytes.length === 0) return undefined;
  if (!copyOfBlock(burst).equals(block)) return 'a burst that nobody used has changed';
  for (let i = 0; i < count; i++)
    if (!burst.view(i).every((byte) => byte === filling)) return 'a frame that nobody wrote to has changed';
  return undefined;
}
