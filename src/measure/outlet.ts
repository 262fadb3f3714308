import type { Burst } from '../core/burst.ts';
import { PmdError } from '../core/errors.ts';
import type { Port } from '../core/port.ts';
import { headerBytes } from '../net/ethernet.ts';
import { tagBytes } from '../net/vlan.ts';

/** Bytes of the longest frame that a port sends, without FCS. */
export function longestFrameOf(port: Port): number {
  return port.mtu + headerBytes + tagBytes;
}

/** Where frames leave that came from elsewhere. What the port does not take is released, and counted. */
export class Outlet {
  /** Frames released: the ring had no room for them, or the port can't send them. */
  dropped = 0;
  /** Of these, frames that are longer than the port's MTU allows, or shorter than a header. */
  unsendable = 0;
  readonly #port: Port;

  constructor(port: Port) {
    this.#port = port;
  }

  /**
   * Sends or releases the whole burst.
   *
   * @throws {PmdError} as {@link TxQueue.send} does, for all but the length of a frame that lies within its buffer.
   */
  send(burst: Burst): void {
    const { count } = burst;
    if (this.#sendFront(burst) === count || burst.count === 0) return;
    this.dropped += burst.count;
    burst.release();
  }

  #sendFront(burst: Burst): number {
    const [tx] = this.#port.tx;
    try {
      return tx.send(burst);
    } catch (error) {
      if (!(error instanceof PmdError) || error.code !== 'ERR_PMD_FRAME_LENGTH') throw error;
      this.#dropUnsendable(burst);
      return tx.send(burst);
    }
  }

  /** A frame that leaves its buffer stays, for `send` to refuse: no port can have received it. */
  #dropUnsendable(burst: Burst): void {
    const { headroom, dataRoom } = burst.pool;
    const longest = longestFrameOf(this.#port);
    const { count } = burst;
    burst.filter(({ offsets, lengths }, i) => {
      const length = lengths[i]!;
      return (length >= headerBytes && length <= longest) || offsets[i]! + length > headroom + dataRoom;
    });
    this.unsendable += count - burst.count;
    this.dropped += count - burst.count;
  }
}
