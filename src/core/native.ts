import type { Capabilities } from './capabilities.ts';
import { type NativeErrorCode, PmdError, type PmdErrorCode } from './errors.ts';
import type { ObstacleFinding } from './finding.ts';
import { CallSlot, type ColumnBit, type headerColumnBytes, Refusal } from './layout.ts';
import { loadAddon } from './load-addon.ts';
import type { RxQueueStats, TxQueueStats } from './queue-stats.ts';
import type { NativeWait } from './sleepers.ts';
import type { NativeRate } from './tx-rate.ts';

/** What the control thread last saw of a port, as the addon gives it. */
export interface NativeSnapshot {
  state: 'opening' | 'running' | 'recovering' | 'closed';
  link: NativeLink;
  mac: Uint8Array;
  mtu: number;
  recoveries: number;
  rx: RxQueueStats[];
  tx: TxQueueStats[];
  device: {
    rxPackets: number | null;
    rxBytes: number | null;
    rxMulticast: number | null;
    rxMissed: number | null;
    rxFiltered: number | null;
    txPackets: number | null;
    txBytes: number | null;
    txUndelivered: number | null;
  };
  bus: Record<string, number>;
}

export interface NativeLink {
  up: boolean;
  speedMbps: number;
  fullDuplex: boolean;
}

export interface NativeOpenedPort {
  id: number;
  pool: number;
  bus: string;
  model: string;
  capabilities: Capabilities;
  rxQueues: number;
  txQueues: number;
}

export interface NativePool {
  memory: ArrayBuffer;
  /** One word, not 0 once the pool is closed in this thread. */
  state: ArrayBuffer;
  buffers: number;
  stride: number;
  headroom: number;
  dataRoom: number;
  pageSize: number;
  /** Where it begins in the WebAssembly.Memory that it was made in. */
  mirror?: number;
}

export type NativeEvent = 'link' | 'recovering' | 'recovered' | 'removal' | 'failure' | 'refused' | 'end';
export type NativeListener = (
  event: NativeEvent,
  link: NativeLink,
  reason: string,
  elapsedMs: number,
) => void;

/** What went wrong in the addon: it throws nothing itself. */
export interface NativeError {
  code: PmdErrorCode;
  message: string;
  hint?: string;
  address?: string;
  errno?: number;
  syscall?: string;
}

/** What a control function of the addon returns. Undefined when there was no time for more: JavaScript is being terminated. */
type Outcome<T> = { error: NativeError } | { error?: undefined; value: T } | undefined;

/** How a call ends that lasts. */
export type NativeDone<T = void> = (error: NativeError | undefined, value: T) => void;

/** A network interface as the addon gives it. */
export interface NativeInterface {
  index: number;
  name: string;
  up: boolean;
  carrier: boolean;
  mtu: number;
  /** 0: not known. */
  maxMtu: number;
  mac: Uint8Array;
  /** '' of hardware. */
  kind: string;
  /** 0: none. */
  master: number;
  /** 0: none. */
  lower: number;
  /** '': not known. */
  device: string;
  functions: NativeFunctionSettings[];
}

/** What the driver of a physical function says of a virtual one; null where it knows no such setting. */
export interface NativeFunctionSettings {
  index: number;
  mac: Uint8Array;
  vlan: number;
  vlanProtocol: number;
  vlanPriority: number;
  spoofCheck: boolean | null;
  trust: boolean | null;
  linkState: 'auto' | 'enable' | 'disable' | null;
  minRateMbps: number;
  maxRateMbps: number;
}

/** How the addon was built. */
export interface BuildInfo {
  sourcesHash: string;
  napiVersion: number;
  cplusplus: number;
  assertions: boolean;
  optimized: boolean;
  rtti: boolean;
}

/** A burst as the addon makes it. */
export interface NativeBurst {
  handle: number;
  /** Header and columns. */
  block: ArrayBuffer;
  /** Where each column begins in the block, by name. */
  columns: Record<'index' | 'status' | 'length' | 'offset', number> &
    Partial<Record<keyof typeof ColumnBit, number>>;
  /** Of the block, in the WebAssembly.Memory that the pool was made in. */
  address?: number;
}

export interface NativeRingState {
  capacity: number;
  sent: number;
  received: number;
  waiting: number;
  full: number;
  oversize: number;
}

/** An RX queue that this thread is attached to. */
export interface NativeRxQueue extends NativeWait {
  handle: number;
  /** Whether no frame comes any more. */
  ended(): boolean;
  ready(): number;
  detach(): void;
}

/** Parsed headers as the addon makes them. */
export interface NativeHeaders {
  handle: number;
  block: ArrayBuffer;
  /** Where each column begins in the block, by name. */
  columns: Record<keyof typeof headerColumnBytes, number>;
}

/** A TX queue that this thread is attached to. */
export interface NativeTxQueue {
  handle: number;
  /** None: no rate. */
  setRate(...rate: NativeRate | []): void;
  /** Nanoseconds until the rate allows a frame; -1: the ring is full. */
  roomNs(): number;
  detach(): void;
}

/** A filter as the addon makes it. */
export interface NativeFilter {
  handle: number;
  /** Which entries matched, as bits in words of 32. */
  block: ArrayBuffer;
}

/** The addon's control functions: over numbers that name pools and ports of the process. */
interface Control {
  buildInfo(): BuildInfo;
  errorCodes(): Record<NativeErrorCode, string>;
  /** For the test that compares src/core/layout.ts with it. */
  layout(): Record<string, Record<string, number> | number[]>;
  pinThread(cpu: number): void;
  /** Keeps the event loop alive, and no longer; they nest. */
  holdLoop(isHeld: boolean): void;
  listLinks(done: NativeDone<NativeInterface[]>): void;
  /** Addresses and routes, by the numbers of their interfaces. */
  listUses(done: NativeDone<{ index: number; isRoute: boolean; text: string }[]>): void;
  /** Waits for the lock of an open file, which ends with its descriptor. */
  lockFile(fd: number, done: NativeDone): void;
  diagnose(address: string, root: string, bytes: number, done: NativeDone<ObstacleFinding[]>): void;
  supportedDevices(): string[];
  createPool(buffers: number, dataRoom: number, hugePages: string, done: NativeDone<number>): void;
  createMirroredPool(
    buffers: number,
    dataRoom: number,
    hugePages: string,
    keeper: object,
    bytes: Uint8Array,
    offset: number,
  ): number;
  /** Whether the pool is still in the memory that these bytes show. */
  isMirroredIn(id: number, bytes: Uint8Array): boolean;
  attachPool(id: number): NativePool;
  closePool(id: number): void;
  /** The pool ends with the last port that uses it, when that is forgotten. */
  retirePool(id: number): void;
  /** Undefined of a pool that is closed. */
  poolUsage(id: number): { free: number; rxRings: number; txRings: number; application: number } | undefined;
  createRing(pool: number, capacity: number, multiProducers: boolean, multiConsumers: boolean): number;
  /** Harmless once it is closed. */
  closeRing(id: number): void;
  ringState(id: number): NativeRingState;
  capabilities(address: string): Capabilities;
  createBurst(pool: number, capacity: number, timestamps: boolean, columns: number): NativeBurst;
  createHeaders(capacity: number): NativeHeaders;
  /** Two words for each instruction: code, jumps; k. Or what libpcap has against it, or why there is no libpcap. */
  compileFilter(expression: string): { words?: number[]; refused?: string; missing?: string };
  createFilter(words: Uint32Array): NativeFilter;
  openPort(
    address: string,
    rxRing: number | undefined,
    txRing: number | undefined,
    rxQueues: number,
    txQueues: number,
    mtu: number,
    chains: boolean,
    mac: Uint8Array | undefined,
    pool: number | undefined,
    container: number | undefined,
    group: number | undefined,
    listener: NativeListener,
    done: NativeDone<NativeOpenedPort>,
  ): void;
  closePort(id: number, done: NativeDone): void;
  /** Returns how many frames the application holds of pools that end with the port. */
  forgetPort(id: number): number;
  closeOwnPorts(): void;
  portSnapshot(id: number): NativeSnapshot;
  refreshPort(id: number, done: NativeDone): void;
  portRequest(id: number, kind: 'mac', done: NativeDone, mac: Uint8Array): void;
  portRequest(id: number, kind: 'mtu', done: NativeDone, mtu: number): void;
  portRequest(id: number, kind: 'vlan', done: NativeDone, vlan: number, member: boolean): void;
  /** Of six bytes for each address. */
  portRequest(id: number, kind: 'multicast', done: NativeDone, addresses: Uint8Array, all: boolean): void;
  dumpRegisters(id: number, done: NativeDone<Record<string, number>>): void;
  /**
   * For tests: something goes wrong with a port's emulated device; see native/emulation/devices/igbvf/fault_commands.h. `lost-check`,
   * of any port: its control thread no longer wakes sleeping readers in case an event was lost.
   */
  injectFault(port: number, fault: string): void;
  attachRx(port: number, queue: number, pool: number): NativeRxQueue;
  attachTx(port: number, queue: number, pool: number): NativeTxQueue;
}

/** Functions of the packet path, which read and write everything through `callBlock`: see {@link CallSlot}. */
interface BurstCalls {
  receive(): void;
  send(): void;
  exchange(): void;
  reclaim(): void;
  countUnsent(): void;
  distribute(): void;
  releaseBurst(): void;
  allocateFrames(): void;
  parseHeaders(): void;
  matchFilter(): void;
  applyFilter(): void;
  verifyChecksums(): void;
  readClock(): void;
  readCycles(): void;
  callBlock: ArrayBuffer;
  dealBlock: ArrayBuffer;
}

/** What a {@link Refusal} becomes. */
const refusals: Record<number, [PmdErrorCode, message: string, hint: string]> = {
  [Refusal.closed]: ['ERR_PMD_CLOSED', 'the port, ring, pool or burst is closed', 'open it again'],
  [Refusal.removed]: [
    'ERR_PMD_REMOVED',
    'the device was taken away',
    "listen for 'removal', and open the port again when it is back",
  ],
  [Refusal.poolMismatch]: [
    'ERR_PMD_POOL_MISMATCH',
    "the burst belongs to another pool than the port's",
    'open both ports with one pool, or copy the frames',
  ],
  [Refusal.notOwner]: [
    'ERR_PMD_NOT_OWNER',
    'the buffer is not yours',
    'it was released or sent before, or stands twice in the burst',
  ],
  [Refusal.frameLength]: [
    'ERR_PMD_FRAME_LENGTH',
    'the frame is too short, too long or leaves its buffer',
    'a frame has 14 bytes up to the MTU plus 18',
  ],
  [Refusal.request]: [
    'ERR_PMD_INVALID_ARGUMENT',
    'what it requests cannot be done to its frame',
    'see TxRequest; a tag needs 4 bytes of headroom, a checksum a whole header that has one, and classic pcap a time before 2106',
  ],
  [Refusal.insideFrame]: [
    'ERR_PMD_INVALID_ARGUMENT',
    'the entry lies inside a frame of several buffers',
    'name the first entry of a frame',
  ],
};

/** What a function of the addon came to: its value, or else its error as an exception of the caller's. */
function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome === undefined) {
    throw new PmdError('ERR_PMD_INTERNAL', 'the addon returned nothing', {
      hint: 'JavaScript is being terminated; otherwise, please report it',
    });
  }
  if (outcome.error !== undefined)
    throw new PmdError(outcome.error.code, outcome.error.message, outcome.error);
  return outcome.value;
}

/** The functions of a table in the addon, each of which throws the error that it returns. */
export function throwing<Table extends object>(control: object): Table {
  const table = control as Record<string, (...args: unknown[]) => Outcome<unknown>>;
  // Looked up at each call: tests watch what is opened by putting functions of their own into the table.
  const entries = Object.keys(table).map((name) => {
    return [name, (...args: unknown[]) => unwrap(table[name]!(...args))];
  });
  return Object.fromEntries(entries) as Table;
}

const native = loadAddon() as BurstCalls & { control: object };
export const addon: Control & BurstCalls = { ...native, ...throwing<Control>(native.control) };
export const call: Int32Array = new Int32Array(addon.callBlock);
/** What `readClock` or `readCycles` found. */
export const clockReading: Float64Array = new Float64Array(addon.callBlock, 8 * CallSlot.reading, 1);

// The kernel ends DMA when the process ends, whatever happens; this ends it in order.
process.on('exit', () => addon.closeOwnPorts());

/** The end of a call that lasts, as a promise. Await it, so that an error has the caller's stack. */
export async function completion<T = void>(start: (done: NativeDone<T>) => void): Promise<T> {
  const outcome = await new Promise<Outcome<T>>((resolve) => {
    start((error, value) => resolve(error === undefined ? { value } : { error }));
  });
  return unwrap(outcome);
}

/** The error for a negative result of a burst call; about an entry, it names the entry and its buffer. */
export function refusal(result: number, burst: { indices: Uint32Array }, address?: string): PmdError {
  const [code, message, hint] = refusals[result] ?? [
    'ERR_PMD_INTERNAL',
    `unknown result ${result}`,
    'please report it',
  ];
  if (result > Refusal.notOwner) return new PmdError(code, message, { hint, address });
  const entry = call[CallSlot.entry]!;
  return new PmdError(code, `entry ${entry} of the burst, buffer ${burst.indices[entry]}: ${message}`, {
    hint,
    address,
  });
}
