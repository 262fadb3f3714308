// Numbers that the addon has too: native/binding/layout.cc. They stand here as constants because V8 compiles those in; a test
// compares them with the addon's, name by name.

/** Words of the call block, `reading` in words of eight bytes: two plain stores cost a nanosecond or two, Node-API's own arguments and results 30. */
export const CallSlot = {
  burst: 0,
  count: 1,
  result: 2,
  entry: 3,
  reading: 2,
  rx: 6,
  tx: 7,
  sent: 8,
  program: 9,
} as const;

/** Words of the deal block: what distribute() takes beside the call block. */
export const DealSlot = {
  by: 0,
  lanes: 1,
  lane: 2,
  laneWords: 3,
  laneTx: 0,
  laneBurst: 1,
  laneDropped: 2,
  targets: 194,
} as const;

/** Words of a burst's header; `timestamp` in words of eight bytes. */
export const HeaderWord = {
  count: 0,
  chains: 1,
  timestamp: 1,
  ...{ capacity: 4, stride: 5, frames: 6, columns: 7 },
} as const;

/** The optional columns of a burst, as bits of what createBurst takes. */
export const ColumnBit = {
  timestamp: 1 << 4,
  hash: 1 << 5,
  txRequest: 1 << 6,
  verdict: 1 << 7,
  segmentSize: 1 << 8,
} as const;

/** Bytes of an element of each column, in the order in which a burst's header has their addresses. */
export const columnBytes = {
  ...{ index: 4, status: 4, length: 2, offset: 2 },
  ...{ timestamp: 8, hash: 4, txRequest: 4, verdict: 4, segmentSize: 2 },
} as const;

/** What a program says of a frame: {@link Burst.verdicts}. */
export const Verdict = {
  /** It stays in the burst. */
  keep: 0,
  /** It is released. */
  drop: 1,
  /** It goes to port 0, and with `Verdict.port + n` to port n. */
  port: 2,
} as const;

/** Bytes of an entry in each column of parsed headers. */
export const headerColumnBytes = {
  ...{
    l3At: 4,
    l4At: 4,
    payloadAt: 4,
    end: 4,
    outerTag: 4,
    innerTag: 4,
    source: 16,
    destination: 16,
    hash: 4,
  },
  ...{ etherType: 2, protocol: 2, sourcePort: 2, destinationPort: 2 },
  ...{ version: 1, fragment: 1, tcpFlags: 1, fault: 1 },
} as const;

/**
 * Bits of {@link Burst.statuses}, for received frames. The device did not check a checksum that is neither good nor bad.
 */
export const RxFlag = {
  /** A VLAN tag was stripped; its TCI is in bits 31:16 of the status. */
  vlan: 1 << 0,
  ipChecksumGood: 1 << 1,
  ipChecksumBad: 1 << 2,
  l4ChecksumGood: 1 << 3,
  l4ChecksumBad: 1 << 4,
  /** Sent by another function of the same NIC. */
  loopback: 1 << 5,
  /** The frame goes on in the next entry: see {@link Burst.chain}. */
  more: 1 << 6,
  ipv4: 1 << 8,
  ipv6: 1 << 9,
  tcp: 1 << 10,
  udp: 1 << 11,
  sctp: 1 << 12,
} as const;

/**
 * Bits of {@link Burst.txRequests}: work on a frame that is sent, to be combined. The library does what the device can't.
 */
export const TxRequest = {
  /** Insert an 802.1Q tag behind the addresses; its TCI is in bits 31:16. */
  vlan: 1 << 0,
  /** Fill in the checksum of the IPv4 header. */
  ipChecksum: 1 << 1,
  /** Fill in the checksum of TCP, UDP or SCTP. */
  l4Checksum: 1 << 2,
} as const;

/** What a burst call leaves in `CallSlot.result` instead of a count. */
export const Refusal = {
  closed: -1,
  removed: -2,
  poolMismatch: -3,
  notOwner: -4,
  frameLength: -5,
  request: -6,
  insideFrame: -7,
} as const;

export const Limit = { burst: 1024, minBuffers: 64, maxBuffers: 1 << 20, headroom: 128, lanes: 64 } as const;

/** The size classes of pools: bytes that a frame can have in a buffer. */
export const dataRooms = [2048, 4096, 10240] as const;

/** Bytes from one buffer to the next, by data room. */
export const strides = { 2048: 2240, 4096: 4288, 10240: 10432 } as const;
