/** From `min` to `max`, both included. */
export interface Range {
  min: number;
  max: number;
}

/** Who meets a request of a frame that is sent: the device, or the library before the frame gets there. */
export type Offload = 'native' | 'software';

/** Who meets each request of {@link Burst.txRequests} and {@link Burst.segmentSizes}. */
export interface TxOffloads {
  /** A tag that is inserted. */
  vlan: Offload;
  /** The checksum of the IPv4 header. */
  ipChecksum: Offload;
  tcpChecksum: Offload;
  udpChecksum: Offload;
  sctpChecksum: Offload;
  /** A frame of TCP that is cut into segments. */
  tcpSegmentation: Offload;
  /** A frame of UDP that is cut into datagrams. */
  udpSegmentation: Offload;
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
  /** How requests of frames that are sent are met. Each port meets them all. */
  txOffloads: TxOffloads;
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
