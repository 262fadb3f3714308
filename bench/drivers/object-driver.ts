import type { NativeRawDevice } from '../addon.ts';
import { plainCommand, reportStatus, rxDone, rxGood, rxWhole, txDone, txLengthShift } from './descriptors.ts';

const descriptorBytes = 16;
const cleanBatch = 32;
const bufferBytes = 2048;

/** Both rings as words of each size; RX descriptors come first. */
interface RingViews {
  readonly words16: Uint16Array;
  readonly words32: Uint32Array;
  readonly words64: BigUint64Array;
}

/** A descriptor is looked at through an object made for the purpose, as in ixy.js; fields are functions of it. */
class Descriptor {
  readonly views: RingViews;
  readonly offset: number;

  constructor(views: RingViews, index: number) {
    this.views = views;
    this.offset = index * descriptorBytes;
  }

  rxReport() {
    const { views, offset } = this;
    return {
      status() {
        return views.words32[2 + offset / 4]!;
      },
      length() {
        return views.words16[6 + offset / 2]!;
      },
    };
  }

  txReport() {
    const { views, offset } = this;
    return {
      status() {
        return views.words32[3 + offset / 4]!;
      },
    };
  }
}

/** A packet as an object: its memory, its address for the device, its length, and the pool that it goes back to. */
export class PacketBuffer {
  size = 0;
  readonly pool: PacketBufferPool;
  readonly index: number;
  readonly memory: Uint8Array;
  readonly deviceAddress: bigint;

  constructor(pool: PacketBufferPool, index: number, memory: Uint8Array, deviceAddress: bigint) {
    this.pool = pool;
    this.index = index;
    this.memory = memory;
    this.deviceAddress = deviceAddress;
  }

  free(): void {
    this.pool.free.push(this.index);
  }
}

class PacketBufferPool {
  readonly free: number[] = [];
  readonly packets: PacketBuffer[];

  constructor(device: NativeRawDevice, count: number) {
    this.packets = Array.from({ length: count }, (_, i) => {
      const offset = device.buffersOffset + i * device.stride + device.frameOffset;
      const memory = new Uint8Array(device.region, offset, bufferBytes);
      return new PacketBuffer(this, i, memory, BigInt(device.base) + BigInt(offset));
    });
    for (let i = 0; i < count; i++) this.free.push(i);
  }

  allocateBatch(packets: PacketBuffer[], count: number): void {
    for (let i = 0; i < Math.min(count, this.free.length); i++) packets[i] = this.packets[this.free.pop()!]!;
  }

  allocate(): PacketBuffer | undefined {
    const packets = new Array<PacketBuffer>(1);
    this.allocateBatch(packets, 1);
    return packets[0];
  }
}

/**
 * A ring driver in JavaScript built as ixy.js is: each packet is an object, device addresses are BigInts, each look at a
 * descriptor makes an object of it, and the pool is asked for one buffer at a time.
 */
export class ObjectDriver {
  readonly #views: RingViews;
  readonly #doorbells: Uint32Array;
  readonly #ring: number;
  readonly #pool: PacketBufferPool;
  readonly #rxPackets: PacketBuffer[];
  readonly #txPackets: PacketBuffer[] = [];
  #rxIndex = 0;
  #txIndex = 0;
  #txClean = 0;

  constructor(device: NativeRawDevice, ring: number) {
    const bytes = 2 * ring * descriptorBytes;
    this.#views = {
      words16: new Uint16Array(device.region, 0, bytes / 2),
      words32: new Uint32Array(device.region, 0, bytes / 4),
      words64: new BigUint64Array(device.region, 0, bytes / 8),
    };
    this.#doorbells = new Uint32Array(device.doorbells);
    this.#ring = ring;
    this.#pool = new PacketBufferPool(device, 2 * ring);
    // the RX ring is armed with the first buffers already
    this.#rxPackets = this.#pool.packets.slice(0, ring);
    this.#pool.free.splice(0, ring);
  }

  /** Fills the array with packets that have arrived, at most so many; returns how many. */
  receive(packets: PacketBuffer[], most: number): number {
    let index = this.#rxIndex;
    let count = 0;
    for (; count < most; count++) {
      const descriptor = new Descriptor(this.#views, index);
      const status = descriptor.rxReport().status();
      if ((status & rxDone) === 0) break;
      if ((status & rxWhole) !== rxGood) throw new Error('a frame that is not whole');
      const packet = this.#rxPackets[index]!;
      packet.size = descriptor.rxReport().length();
      const fresh = this.#pool.allocate();
      if (fresh === undefined) throw new Error('the pool is empty');
      descriptor.views.words64[descriptor.offset / 8] = fresh.deviceAddress;
      descriptor.views.words64[1 + descriptor.offset / 8] = 0n;
      this.#rxPackets[index] = fresh;
      packets[count] = packet;
      index = (index + 1) & (this.#ring - 1);
    }
    if (count > 0) this.#doorbells[0] = (index - 1) & (this.#ring - 1);
    this.#rxIndex = index;
    return count;
  }

  /** Sends packets from the array's front; returns how many. */
  send(packets: PacketBuffer[], count: number): number {
    this.#clean();
    let sent = 0;
    for (; sent < count; sent++) {
      const next = (this.#txIndex + 1) & (this.#ring - 1);
      if (next === this.#txClean) break;
      const packet = packets[sent]!;
      this.#txPackets[this.#txIndex] = packet;
      const { views, offset } = new Descriptor(this.#views, this.#ring + this.#txIndex);
      views.words64[offset / 8] = packet.deviceAddress;
      views.words32[2 + offset / 4] = plainCommand | reportStatus | packet.size;
      views.words32[3 + offset / 4] = packet.size << txLengthShift;
      this.#txIndex = next;
    }
    this.#doorbells[1] = this.#txIndex;
    return sent;
  }

  /** In batches, by the last of each. */
  #clean(): void {
    for (;;) {
      const cleanable = (this.#txIndex - this.#txClean) & (this.#ring - 1);
      if (cleanable < cleanBatch) return;
      const last = (this.#txClean + cleanBatch - 1) & (this.#ring - 1);
      const status = new Descriptor(this.#views, this.#ring + last).txReport().status();
      if ((status & txDone) === 0) return;
      for (let i = 0; i < cleanBatch; i++) this.#txPackets[(this.#txClean + i) & (this.#ring - 1)]!.free();
      this.#txClean = (last + 1) & (this.#ring - 1);
    }
  }
}
