/** Where a pool's buffers are, in numbers of buffers: they add up to `pool.buffers`. */
export interface PoolUsage {
  /** Free, in the pool or in a thread's cache. */
  free: number;
  /** On RX rings, waiting for the device to fill them. */
  rxRings: number;
  /** Sent, and not yet reclaimed from TX rings. */
  txRings: number;
  /** Held by the application, in bursts and in rings between threads. */
  application: number;
}
