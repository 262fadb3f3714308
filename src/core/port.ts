import { EventEmitter } from 'node:events';
import { type InspectOptions, inspect } from 'node:util';
import type { Capabilities } from './capabilities.ts';
import {
  checkBoolean,
  checkCount,
  checkInteger,
  checkInternal,
  checkOptions,
  copyList,
  internal,
  isAddress,
} from './check.ts';
import { addFinding } from './diagnose.ts';
import { publish } from './diagnostics.ts';
import { describe, invalidArgument, PmdError } from './errors.ts';
import { formatMac, type MacAddress, parseMulticastMac, parseUnicastMac } from './mac.ts';
import { type Metric, portMetrics } from './metrics.ts';
import {
  addon,
  completion,
  type NativeEvent,
  type NativeLink,
  type NativeOpenedPort,
  type NativeSnapshot,
} from './native.ts';
import { Pool, poolOf, warnOfHeld } from './pool.ts';
import { resolveResource } from './resource-address.ts';
import { RxQueue } from './rx-queue.ts';
import { type PortStats, statsOf } from './stats.ts';
import { TxQueue } from './tx-queue.ts';

/** How {@link openPort} opens a port. */
export interface PortOptions {
  /** Packet memory. Default: a private pool, {@link Port.pool}. */
  pool?: Pool;
  /**
   * Descriptors of each RX queue's ring: a power of two; igbvf has 32 to 4096. Default 512, or the nearest that the device
   * takes. The device has one less to fill, and of 256 or more up to 33 less.
   */
  rxRing?: number;
  /**
   * Descriptors of each TX queue's ring: a power of two; igbvf has 32 to 4096. Default 512, or the nearest that the device
   * takes.
   */
  txRing?: number;
  /** How many RX queues to use. Default: all that the device has. */
  rxQueues?: number;
  /** How many TX queues to use. Default: all that the device has. */
  txQueues?: number;
  /**
   * Largest payload of a frame in bytes; igbvf allows 68 to 9216. A frame must fit a buffer of the pool: without
   * a {@link pool} of yours, the port makes one whose buffers do. Default 1500, which means frames of up to 1518 with a VLAN
   * tag.
   */
  mtu?: number;
  /**
   * Hands on a received frame that takes several buffers as several entries ({@link Burst.chain}); without, such frames are
   * dropped and count as `oversize`. A burst must have room for all entries of a frame. For an MTU beyond the pool's buffers. Default false.
   */
  chains?: boolean;
  /**
   * The port's address, where {@link Capabilities.setMac} allows it. Default: what the control peer assigned, or a random one if
   * it assigned none.
   */
  mac?: MacAddress;
  /**
   * Descriptors that this process was handed, for a PCI address: of `/dev/vfio/vfio`, and of the node of the device's IOMMU group. Nothing may be
   * attached in them yet. No path is opened then, and /sys is not needed. The port works with copies: yours are yours to close, and the
   * group is free when all are closed.
   */
  fds?: { container: number; group: number };
}

/** State of the wire. */
export interface Link {
  up: boolean;
  /** 10, 100 or 1000; 0 while down. */
  speedMbps: number;
  fullDuplex: boolean;
}

/** See the states' table in docs/life-cycle.md. */
export type PortState = 'opening' | 'running' | 'recovering' | 'closed';

/** Control events of a {@link Port}. Frames are not events. */
export interface PortEvents {
  /** The link went up or down, or changed its speed. */
  link: [link: Link];
  /** Bursts return 0 from here on, until `recovered`. */
  recovering: [reason: string];
  /** Traffic moves again; MAC, MTU, VLANs and multicast are as they were. */
  recovered: [details: { elapsedMs: number }];
  /** An attempt to recover failed; others follow, until the port recovers or is closed. */
  failure: [reason: string];
  /**
   * After a reset the control peer no longer allows a setting, as of a VLAN: the port runs on without it. It is asked for again when
   * something is asked of the port or the control peer gives a sign, and after each reset.
   */
  refused: [reason: string];
  /** The last frame of a file was received: none comes any more. Sending goes on. Only where {@link Capabilities.ends}. */
  end: [];
  /** The device was asked back, and has been let go; or it is gone. Bursts throw `ERR_PMD_REMOVED`. */
  removal: [reason: string];
}

/** Ports of this thread that are not closed. Before the process ends they are, and keep what they counted. */
const openPorts = new Set<Port>();
// Before the handler that closes them, and before those of the application, which may ask.
process.prependListener('exit', () => {
  for (const port of openPorts) Port.keepFinal(port);
});

function warnOfUnsent(address: string, frames: number): void {
  if (frames === 0) return;
  process.emitWarning(`${address} was closed before it had sent ${frames} frames`, {
    code: 'PMD_FRAMES_UNSENT',
  });
}

/** A port has at least one queue each way. */
function queues<Queue>(count: number, make: (index: number) => Queue): [Queue, ...Queue[]] {
  return Array.from({ length: count }, (_, index) => make(index)) as [Queue, ...Queue[]];
}

/**
 * A network device that this process owns, from {@link openPort} to {@link close}. It belongs to the thread that opened
 * it; its queues can be used by others, each by one.
 */
export class Port extends EventEmitter<PortEvents> implements AsyncDisposable {
  /** What it was opened by. */
  readonly address: string;
  /** `vfio`, `packet`, `pcap` or `emulation`. */
  readonly bus: string;
  /** PCI vendor and device, as in 8086:10ca, or the name of what stands for them. */
  readonly deviceId: string;
  /** What the driver and the device can do: every limit that this port has. */
  readonly capabilities: Readonly<Capabilities>;
  /**
   * The packet memory that it was opened with. A private one ends with the port, or, where other ports were opened with it,
   * with the last of them.
   */
  readonly pool: Pool;
  readonly rx: readonly [RxQueue, ...RxQueue[]];
  readonly tx: readonly [TxQueue, ...TxQueue[]];
  readonly #id: number;
  readonly #poolId: number;
  readonly #ownsPool: boolean;
  #final: NativeSnapshot | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(key: typeof internal, address: string, native: NativeOpenedPort, pool: Pool | undefined) {
    checkInternal(key, 'a port', 'use openPort()');
    super();
    this.address = address;
    this.bus = native.bus;
    this.deviceId = native.model;
    this.capabilities = Object.freeze(native.capabilities);
    this.pool = pool ?? poolOf(native.pool);
    this.#id = native.id;
    this.#poolId = native.pool;
    this.#ownsPool = pool === undefined;
    const token = { address, port: native.id, pool: native.pool };
    openPorts.add(this);
    this.rx = queues(native.rxQueues, (queue) => {
      return new RxQueue(internal, { kind: 'vfio-pmd/rx', ...token, queue }, this.pool);
    });
    this.tx = queues(native.txQueues, (queue) => {
      return new TxQueue(internal, { kind: 'vfio-pmd/tx', ...token, queue }, this.pool);
    });
  }

  /** The process ends: the port will have been closed when anybody asks. @internal */
  static keepFinal(port: Port): void {
    port.#final = { ...port.#snapshot(), state: 'closed' };
  }

  #snapshot(): NativeSnapshot {
    return this.#final ?? addon.portSnapshot(this.#id);
  }

  get state(): PortState {
    return this.#snapshot().state;
  }

  /** The wire's state, as last seen. */
  get link(): Link {
    return this.#snapshot().link;
  }

  get mac(): MacAddress {
    return formatMac(this.#snapshot().mac);
  }

  get mtu(): number {
    return this.#snapshot().mtu;
  }

  /** Counters since the port was opened; those of the device are up to a second old: {@link refresh}. */
  stats(): PortStats {
    return statsOf(this.#snapshot());
  }

  /** The same figures, with state and link, as plain objects with help texts: for a monitoring system. */
  metrics(): Metric[] {
    return portMetrics(this.address, this.#snapshot());
  }

  /** Looks at the device now, so that link and device counters are current. */
  async refresh(): Promise<void> {
    this.#checkOpen();
    await completion((done) => addon.refreshPort(this.#id, done));
  }

  /** Every register that can be read without changing anything: for a bug report. */
  async registers(): Promise<Record<string, number>> {
    this.#checkOpen();
    return await completion<Record<string, number>>((done) => addon.dumpRegisters(this.#id, done));
  }

  /** Changes the MAC address. @throws {PmdError} `ERR_PMD_PEER_REFUSED` when the control peer assigned another one. */
  async setMac(mac: MacAddress): Promise<void> {
    const bytes = parseUnicastMac(mac);
    this.#checkOpen();
    await completion((done) => addon.portRequest(this.#id, 'mac', done, bytes));
  }

  /** Changes the largest payload of a frame, in bytes: within {@link Capabilities.mtu}. */
  async setMtu(mtu: number): Promise<void> {
    checkCount('mtu', mtu);
    this.#checkOpen();
    await completion((done) => addon.portRequest(this.#id, 'mtu', done, mtu));
  }

  /** Joins or leaves a VLAN, 1 to 4094. A member's tags are stripped into {@link Burst.statuses}. */
  async setVlan(vlan: number, member: boolean): Promise<void> {
    checkCount('vlan', vlan);
    checkBoolean('member', member);
    this.#checkOpen();
    await completion((done) => addon.portRequest(this.#id, 'vlan', done, vlan, member));
  }

  /**
   * Sets the multicast addresses to receive, at most {@link Capabilities.multicastAddresses}, instead of those before; `all`
   * passes every one.
   */
  async setMulticast(addresses: readonly MacAddress[], all = false): Promise<void> {
    const most = this.capabilities.multicastAddresses;
    const hint = `pass a list of up to ${most} MAC addresses, or \`all\` to receive more`;
    const list = copyList('addresses', addresses, most, hint).flatMap((mac) => [...parseMulticastMac(mac)]);
    checkBoolean('all', all);
    this.#checkOpen();
    await completion((done) => addon.portRequest(this.#id, 'multicast', done, Uint8Array.from(list), all));
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) {
      throw new PmdError('ERR_PMD_CLOSED', 'the port is closed', {
        address: this.address,
        hint: 'open it again',
      });
    }
  }

  /**
   * Waits up to 100 ms for the device to send what it was given, and warns with `PMD_FRAMES_UNSENT` of what it did not send. Then
   * stops the queues, ends DMA, gives the rings' buffers back and lets the device go. Frames that the application holds
   * stay its own, in a pool that it made; a private {@link pool} ends with its last port, and they with it. Can be called
   * again.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const before = this.stats().txUnsent;
    await completion((done) => addon.closePort(this.#id, done));
    this.#final = addon.portSnapshot(this.#id);
    warnOfUnsent(this.address, this.stats().txUnsent - before);
    openPorts.delete(this);
    publish('close', { address: this.address });
    if (this.#ownsPool) {
      for (const rx of this.rx) RxQueue.releaseIterated(rx);
      addon.retirePool(this.#poolId);
    }
    warnOfHeld(addon.forgetPort(this.#id));
  }

  /** What it is and how it is, and none of its packet memory. @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { address, mac, state, link, mtu } = this;
    return `Port ${inspect({ address, mac, state, link, mtu }, options)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Refuses what can't be descriptors of a PCI function. */
function checkDescriptors(fds: { container: number; group: number }, address: string): [number, number] {
  const { container, group } = checkOptions('fds', fds, ['container', 'group']);
  checkInteger('fds.container', container, 0, 2 ** 31 - 1);
  checkInteger('fds.group', group, 0, 2 ** 31 - 1);
  if (container === group)
    throw invalidArgument(`fds.container and fds.group are both ${group}`, 'pass two descriptors');
  if (/^[\da-f]{4,8}:[\da-f]{2}:[\da-f]{2}\.[0-7]$/.test(address)) return [container, group];
  throw invalidArgument(`${describe(address)} takes no fds`, 'leave them out: they belong to a PCI address');
}

/**
 * Opens a port by its address:
 * - `0000:01:10.0`: a PCI function by its address, bound to vfio-pci;
 * - `env:RESOURCE`, `env:RESOURCE,index=N`: the one that Kubernetes' SR-IOV device plugin handed out (`PCIDEVICE_…`);
 * - `packet:IFNAME`: a network interface of the kernel's (docs/ports/packet.md);
 * - `tap:NAME`: a TAP interface, whose far end is the kernel (docs/ports/tap.md);
 * - `pcap:FILE` and `pcap:,out=FILE`: frames from and into capture files (docs/ports/pcap.md);
 * - `emu:NAME`: an emulated NIC, wired to the other port that is opened with the same name;
 * - `emu:NAME,peer=flood`: one whose far end sends without pause and takes whatever comes.
 *
 * Needs about 0.3 s on a real device, and up to 1.5 s when its control peer does not answer.
 *
 * @throws {PmdError} with what to do next; docs/errors.md lists them all. Nothing has changed then.
 */
export async function openPort(address: string, options: PortOptions = {}): Promise<Port> {
  const forms =
    "pass one address: '0000:01:10.0' for a PCI function, 'packet:IFNAME', 'tap:NAME', 'pcap:FILE', " +
    "'emu:NAME', or 'env:RESOURCE'";
  if (typeof address !== 'string') throw invalidArgument(`${describe(address)} is not an address`, forms);
  if (!isAddress(address)) {
    throw new PmdError('ERR_PMD_ADDRESS', `${describe(address)} is not an address`, { hint: forms });
  }
  const target = resolveResource(address);
  const known = ['pool', 'rxRing', 'txRing', 'rxQueues', 'txQueues', 'mtu', 'chains', 'mac', 'fds'] as const;
  const {
    pool,
    rxRing,
    txRing,
    rxQueues,
    txQueues,
    mtu = 1500,
    chains = false,
    mac,
    fds,
  } = checkOptions('options', options, known);
  const [container, group] = fds === undefined ? [] : checkDescriptors(fds, target);
  const shape = [
    rxRing === undefined ? undefined : checkCount('rxRing', rxRing),
    txRing === undefined ? undefined : checkCount('txRing', txRing),
    rxQueues === undefined ? 0 : checkInteger('rxQueues', rxQueues, 1, 65535),
    txQueues === undefined ? 0 : checkInteger('txQueues', txQueues, 1, 65535),
    checkCount('mtu', mtu),
    checkBoolean('chains', chains),
  ] as const;
  const macBytes = mac === undefined ? undefined : parseUnicastMac(mac);
  const poolId = pool === undefined ? undefined : Pool.idOf(pool);
  // What happens to the device before anybody can listen is told as soon as somebody can.
  const early: (() => void)[] = [];
  let port: Port | undefined;
  let isHeard = false;
  const listener = (event: NativeEvent, link: NativeLink, reason: string, elapsedMs: number) => {
    if (!isHeard) early.push(() => listener(event, link, reason, elapsedMs));
    else if (event === 'link') port?.emit('link', link);
    else if (event === 'end') port?.emit('end');
    else if (event === 'recovered') {
      publish('recovered', { address: target, elapsedMs });
      port?.emit('recovered', { elapsedMs });
    } else {
      publish(event, { address: target, reason });
      port?.emit(event, reason);
    }
  };
  const opened = await completion<NativeOpenedPort>((done) =>
    addon.openPort(target, ...shape, macBytes, poolId, container, group, listener, done),
  ).catch(async (error: PmdError) => {
    await addFinding(error, target, pool?.bytes.byteLength ?? 0);
    throw error;
  });
  port = new Port(internal, target, opened, pool);
  publish('open', { address: target });
  setImmediate(() => {
    isHeard = true;
    for (const tell of early) tell();
  });
  return port;
}
