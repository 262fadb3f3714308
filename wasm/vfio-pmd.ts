// Made by `npm run wasm:abi`. See docs/wasm.md.

/** A list of frames. Each column is an array with one entry for each frame; 0 where the burst has no such column. */
@unmanaged
export class Burst {
  count: u32;
  /** Not 0: frames may take several entries. */
  chains: u32;
  timestampNs: f64;
  capacity: u32;
  /** Bytes from one buffer to the next. */
  stride: u32;
  /** The first buffer. */
  frames: usize;
  /** Of u32: the buffer. */
  index: usize;
  /** Of u32: what the device said of a received frame; a tag it took out in bits 31:16. */
  status: usize;
  /** Of u16: bytes of the frame. */
  length: usize;
  /** Of u16: where the frame begins in its buffer. */
  offset: usize;
  /** Of u64: nanoseconds since 1970. */
  timestamp: usize;
  /** Of u32: of the frame's flow. */
  hash: usize;
  /** Of u32: work on a frame that is sent. */
  txRequest: usize;
  /** Of u32: what becomes of the frame: for the program to write. */
  verdict: usize;
  /** Of u16: bytes of payload in each segment that a frame is cut into when it is sent; 0: it is not cut. */
  segmentSize: usize;
}

/** `port + n`: the frame goes to port n. */
export namespace Verdict {
  export const keep: u32 = 0;
  export const drop: u32 = 1;
  export const port: u32 = 2;
}

/** Where frame `i` begins. */
// @ts-ignore: a decorator
@inline
export function frameAt(burst: Burst, i: u32): usize {
  return burst.frames + load<u32>(burst.index + (i << 2)) * burst.stride + load<u16>(burst.offset + (i << 1));
}

/** Bytes of frame `i`. */
// @ts-ignore: a decorator
@inline
export function lengthOf(burst: Burst, i: u32): u32 {
  return load<u16>(burst.length + (i << 1));
}

/** Says what becomes of frame `i`. */
// @ts-ignore: a decorator
@inline
export function setVerdict(burst: Burst, i: u32, verdict: u32): void {
  store<u32>(burst.verdict + (i << 2), verdict);
}
