/** What a burst knows of its {@link Pool}: the memory that its frames are in. */
export interface PacketMemory {
  /**
   * The whole memory. The frame of a burst's entry `i` starts at `burst.position(i)`: the cheapest way to look at
   * frames. Once the pool is closed it reads as zeros, and what is written to it is lost.
   */
  readonly bytes: Uint8Array;
  /** Whether the pool is closed in this thread. */
  readonly closed: boolean;
  /** Bytes from one buffer to the next in {@link bytes}. */
  readonly stride: number;
  /** Bytes before a received frame, free for headers to be put in front. */
  readonly headroom: number;
  /** Bytes that a frame can have. */
  readonly dataRoom: number;
  /**
   * Buffer `index` as a Node Buffer of headroom and frame room, made when first asked for and the same ever after.
   *
   * @throws {PmdError} `ERR_PMD_CLOSED` once the pool is closed. A view from before then reads as zeros.
   */
  view(index: number): Buffer;
}
