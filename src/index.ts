/**
 * Userspace networking for Node.js: a process owns an SR-IOV virtual function, and TypeScript receives and sends frames
 * without a copy, a system call or an allocation per packet.
 *
 * The contract:
 *
 * - **Threads.** A port belongs to the thread that opened it. A queue belongs to one thread at a time: the first that
 *   uses it. Pools may be used by all threads; a burst and the frames in it belong to the thread that made it. Queues and
 *   pools have a `token`, plain data that a worker attaches with.
 * - **Ownership.** A received frame belongs to the application until it is sent or released, and a sent frame belongs to the
 *   device until the driver reclaims it. Breaking that is an error that names the entry, in production too.
 * - **Bursts.** `receive`, `send` and `release` never block and never allocate; "nothing now" is 0, not an error.
 * - **Life cycle.** `openPort` → running ⇄ recovering → closed. While a port recovers, bursts move nothing; once it is
 *   closed or its device was removed, they throw. Recovery and removal happen by themselves and are told as events.
 * - **Errors.** Everything that fails throws or rejects with a {@link PmdError}, whose `code` is stable and whose `hint`
 *   says what to do next. Bad arguments throw before anything has changed.
 *
 * @packageDocumentation
 */

export type { Burst } from './core/burst.ts';
export type { Capabilities, Offload, Range, TxOffloads } from './core/capabilities.ts';
export type { PortDiagnostics } from './core/diagnostics.ts';
export { type DistributeOptions, type Distribution, distribute } from './core/distribute.ts';
export { PmdError, type PmdErrorCode, type PmdErrorDetails } from './core/errors.ts';
export type { FindingCommand, FindingStep, ObstacleFinding } from './core/finding.ts';
export type { BurstsOptions, FramesOptions, Iteration } from './core/iteration.ts';
export { RxFlag, TxRequest, Verdict } from './core/layout.ts';
export { formatMac, type MacAddress, parseMac } from './core/mac.ts';
export type { Metric } from './core/metrics.ts';
export type { PacketMemory } from './core/packet-memory.ts';
export {
  type AttachOptions,
  attachPool,
  type BurstColumn,
  type BurstOptions,
  createPool,
  type Pool,
  type PoolOptions,
  type PoolToken,
} from './core/pool.ts';
export type { PoolUsage } from './core/pool-usage.ts';
export {
  type Link,
  openPort,
  type Port,
  type PortEvents,
  type PortOptions,
  type PortState,
} from './core/port.ts';
export type { RxQueueStats, TxQueueStats } from './core/queue-stats.ts';
export type { QueueToken, RxQueueToken, TxQueueToken } from './core/queue-token.ts';
export {
  attachRing,
  createRing,
  type Ring,
  type RingOptions,
  type RingStats,
  type RingToken,
} from './core/ring.ts';
export { attachRxQueue, RxQueue } from './core/rx-queue.ts';
export type { PortStats } from './core/stats.ts';
export { pinThread } from './core/threads.ts';
export { attachTxQueue, type DrainOptions, type RoomOptions, TxQueue } from './core/tx-queue.ts';
export type { BitRate, PacketRate, TxRate } from './core/tx-rate.ts';
export type { WasmMemory } from './core/wasm-memory.ts';
/** Headers of frames: also `vfio-pmd/net`, which needs no native code. */
export * as net from './net/index.ts';
export { createFilter, type Filter } from './programs/filter.ts';
export type { FilterInstruction } from './programs/filter-instructions.ts';
export { createHeaders, type ParsedHeaders } from './programs/parsed-headers.ts';
export { loadProgram, type Program, type ProgramImports, type WasmModule } from './programs/program.ts';
export { verifyChecksums } from './programs/verify-checksums.ts';
