import type { NativeRawDevice } from '../addon.ts';
import { plainCommand, reportStatus, rxDone, rxGood, rxWhole, txDone, txLengthShift } from './descriptors.ts';

const descriptorBytes = 16;
const cleanBatch = 32;

/** A packet as an object: its memory, its address for the device, its length. */
export class PacketBuffer {
  size = 0;
  readonly memory: Uint8Array;
  readonly deviceAddress: bigint;

  constructor(memory: Uint8Array, deviceAddress: bigint) {
    this.memory = memory;
    this.deviceAddress = deviceAddress;
  }
}

/**
 * A ring driver in JavaScript in the style that comes first to mind, and that of ixy.js: each packet is an object and each
 * burst a new array of them, device addresses are BigInts, and descriptors are read and written through a DataView.
 */
export class ObjectDriver {
  readonly #view: DataView;
  readonly #doorbells: Uint32Array;
  readonly #ring: number;
  readonly #rxPackets: PacketBuffer[];
  readonly #txPackets: PacketBuffer[] = [];
  readonly #pool: PacketBuffer[];
  #rxIndex = 0;
  #txIndex = 0;
  #txClean = 0;

  constructor(device: NativeRawDevice, ring: number) {
    this.#view = new DataView(device.region);
    this.#doorbells = new Uint32Array(device.doorbells);
    this.#ring = ring;
    const packets = Array.from({ length: 2 * ring }, (_, i) => {
      const offset = device.buffersOffset + i * device.stride + device.frameOffset;
      return new PacketBuffer(
        new Uint8Array(device.region, offset, 2048),
        BigInt(device.base) + BigInt(offset),
      );
    });
    this.#rxPackets = packets.slice(0, ring);
    this.#pool = packets.slice(ring);
  }

  receive(batch: number): PacketBuffer[] {
    const packets: PacketBuffer[] = [];
    let index = this.#rxIndex;
    while (packets.length < batch && this.#pool.length > 0) {
      const offset = index * descriptorBytes;
      const status = this.#view.getUint32(offset + 8, true);
      if ((status & rxDone) === 0) break;
      if ((status & rxWhole) !== rxGood) throw new Error('a frame that is not whole');
      const packet = this.#rxPackets[index]!;
      packet.size = this.#view.getUint16(offset + 12, true);
      const fresh = this.#pool.pop()!;
      this.#view.setBigUint64(offset, fresh.deviceAddress, true);
      this.#view.setBigUint64(offset + 8, 0n, true);
      this.#rxPackets[index] = fresh;
      packets.push(packet);
      index = (index + 1) % this.#ring;
    }
    if (packets.length > 0) this.#doorbells[0] = (index + this.#ring - 1) % this.#ring;
    this.#rxIndex = index;
    return packets;
  }

  /** Returns what did not fit. */
  send(packets: PacketBuffer[]): PacketBuffer[] {
    this.#clean();
    let sent = 0;
    for (const packet of packets) {
      const next = (this.#txIndex + 1) % this.#ring;
      if (next === this.#txClean) break;
      const offset = (this.#ring + this.#txIndex) * descriptorBytes;
      this.#view.setBigUint64(offset, packet.deviceAddress, true);
      this.#view.setUint32(offset + 8, plainCommand | reportStatus | packet.size, true);
      this.#view.setUint32(offset + 12, packet.size << txLengthShift, true);
      this.#txPackets[this.#txIndex] = packet;
      this.#txIndex = next;
      sent++;
    }
    this.#doorbells[1] = this.#txIndex;
    return packets.slice(sent);
  }

  /** In batches, by the last of each. */
  #clean(): void {
    for (;;) {
      const cleanable = (this.#txIndex - this.#txClean + this.#ring) % this.#ring;
      if (cleanable < cleanBatch) return;
      const last = (this.#txClean + cleanBatch - 1) % this.#ring;
      const status = this.#view.getUint32((this.#ring + last) * descriptorBytes + 12, true);
      if ((status & txDone) === 0) return;
      for (let i = 0; i < cleanBatch; i++)
        this.#pool.push(this.#txPackets[(this.#txClean + i) % this.#ring]!);
      this.#txClean = (last + 1) % this.#ring;
    }
  }
}
