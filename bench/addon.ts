import { addon, throwing } from '../src/core/native.ts';

/** Loops in C++: see native/core_loops.h. */
export type CoreLoop =
  | 'nothing'
  | 'touch'
  | 'exchange'
  | 'macs'
  | 'words'
  | 'header'
  | 'fields'
  | 'parse'
  | 'filter'
  | 'programMacs'
  | 'programHash'
  | 'programRouter'
  | 'receive'
  | 'send'
  | 'allocate'
  | 'release';

/** A device without a driver: its rings are armed, and whoever has the memory can drive them. */
export interface NativeRawDevice {
  id: number;
  /** RX ring, TX ring, and two buffers per slot: those that the RX ring is armed with in order, then spare ones. */
  region: ArrayBuffer;
  /** RDT and TDT, which the device reads when it steps. */
  doorbells: ArrayBuffer;
  /** The device address of the region's first byte. */
  base: number;
  buffersOffset: number;
  stride: number;
  frameOffset: number;
}

/** What forwarding frames as they arrived came to. */
export interface Arrivals {
  cyclesPerFrame: number;
  /** How often another thread or process had it. */
  preemptions: number;
}

/** Raw calls: no check, no error. */
interface BenchCalls {
  /** Does nothing: what a call costs. */
  empty(): void;
  /** Lets the device in use work, and then starts the stopwatch. */
  start(): void;
  stop(): void;
  /** `tickBlock[0]` frames have been sent; puts into `tickBlock[1]` how many are due. */
  tick(): void;
  tickBlock: ArrayBuffer;
}

interface BenchControl {
  /** A port whose device moves with {@link start} alone. */
  openPort(pool: number, ring: number): number;
  use(...ports: number[]): void;
  closePort(port: number): void;
  openRaw(ring: number): NativeRawDevice;
  useRaw(device: number): void;
  runCore(loop: CoreLoop, port: number, pool: number, burst: number, frames: number, sections: number): void;
  /** Forwards between two ports, half of the frames each way; both are attached already. */
  runBothWays(
    port: number,
    other: number,
    pool: number,
    burst: number,
    frames: number,
    sections: number,
  ): void;
  runLimit(ring: number, burst: number, frames: number, sections: number): void;
  /** Frames arrive at a port from here on, `periodCycles` apart; 0: as fast as they are taken. */
  beginArrivals(port: number, periodCycles: number, frames: number): void;
  /** Forwards so many frames as they are due, in C++. */
  forwardArrivals(port: number, pool: number, burst: number, frames: number): void;
  /**
   * Cycles from when a frame was due to when it had been sent, without those in which another thread or process had the CPU: what
   * so great a share of the frames does not exceed.
   */
  latency(share: number): number;
  endArrivals(): Arrivals;
  /** Cycles of each section since the last call. */
  samples(): Float64Array;
}

const exports = addon as unknown as { bench?: BenchCalls & { control: object } };
if (exports.bench === undefined)
  throw new Error('this is not the addon with the bench in it: use `npm run bench`');
export const bench: BenchCalls & BenchControl = {
  ...exports.bench,
  ...throwing<BenchControl>(exports.bench.control),
};
