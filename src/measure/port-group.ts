import type { MacAddress } from '../core/mac.ts';
import { createPool, type Pool } from '../core/pool.ts';
import { openPort, type Port } from '../core/port.ts';
import { headerBytes } from '../net/ethernet.ts';
import { tagBytes } from '../net/vlan.ts';
import { wasmPlace } from './frame-program.ts';

export interface PortGroupOptions {
  rxRing: number;
  txRing: number;
  burstSize: number;
  /** Of the pool. Default: what the ports need, at least 4096. */
  buffers?: number | undefined;
  /** Of all ports. Default 1500. */
  mtu?: number | undefined;
  /** Of the ports, in their order. Default: those that they have. */
  macs?: readonly MacAddress[] | undefined;
  /** Whether the pool is to be where a WebAssembly program can reach it. */
  forProgram?: boolean | undefined;
}

/** Ports that share one pool. */
export class PortGroup implements AsyncDisposable {
  readonly pool: Pool;
  readonly ports: readonly Port[];

  private constructor(pool: Pool, ports: readonly Port[]) {
    this.pool = pool;
    this.ports = ports;
  }

  /** Opens all of them or none. */
  static async open(addresses: readonly string[], options: PortGroupOptions): Promise<PortGroup> {
    const { rxRing, txRing, mtu = defaultMtu, macs = [] } = options;
    const buffers = options.buffers ?? defaultBuffers(addresses.length, options);
    const dataRoom = dataRoomFor(mtu);
    const place = options.forProgram === true ? wasmPlace(buffers, dataRoom) : {};
    const pool = await createPool({ buffers, dataRoom, ...place });
    const ports: Port[] = [];
    try {
      for (const [i, address] of addresses.entries()) {
        const mac = macs[i];
        ports.push(
          await openPort(address, { pool, rxRing, txRing, mtu, ...(mac === undefined ? {} : { mac }) }),
        );
      }
    } catch (error) {
      await new PortGroup(pool, ports).close();
      throw error;
    }
    return new PortGroup(pool, ports);
  }

  async close(): Promise<void> {
    await Promise.all(this.ports.map((port) => port.close()));
    await this.pool.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const defaultMtu = 1500;
const dataRooms = [2048, 4096, 10_240] as const;

/** The least that has room for a frame with a VLAN tag. What no room is large enough for, the port refuses. */
function dataRoomFor(mtu: number): (typeof dataRooms)[number] {
  return dataRooms.find((room) => room >= mtu + headerBytes + tagBytes) ?? 10_240;
}

/** Beside the rings, each port has buffers in a thread's cache, and in bursts. */
function defaultBuffers(ports: number, { rxRing, txRing, burstSize }: PortGroupOptions): number {
  return Math.max(4096, ports * (rxRing + txRing + burstSize + 1024));
}
