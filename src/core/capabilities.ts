/** From `min` to `max`, both included. */
export interface Range {
  min: number;
  max: number;
}

/** What a port's driver and its device can do: {@link Port.capabilities}. */
export interface Capabilities {
  /** The driver's name. */
  driver: string;
  /** How many RX queues the device has. */
  rxQueues: number;
  txQueues: number;
  /** Descriptors of an RX ring: powers of two. */
  rxRing: Range;
  txRing: Range;
  /** Payload of a frame, in bytes. */
  mtu: Range;
  /** Whether a received frame can take several buffers: `openPort(…, { chains: true })`. */
  chains: boolean;
  /** The bits of `RxFlag` that the device can set. */
  rxFlags: number;
  /** Whether frames of one flow arrive at one of several RX queues. */
  rss: boolean;
  /** Whether `setMac` works. */
  setMac: boolean;
  /** Whether `setVlan` works. */
  vlanFilter: boolean;
  /** How many multicast addresses the device filters by. */
  multicastAddresses: number;
  /** Whether it can receive every multicast frame. */
  allMulticast: boolean;
  /** Whether a last frame comes, as of a file: the port emits `end` then, and its iterators end. */
  ends: boolean;
  /** Whether the `timestamp` column of received frames is from when they were captured, and not from when they were received. */
  ownTimes: boolean;
}
