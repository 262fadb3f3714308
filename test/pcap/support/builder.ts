/**
 * Capture files by hand, in either byte order, and as wrong as a test wants them: it shares nothing with the writer in src/.
 */

export type Order = 'big' | 'little';

type Field = [size: 1 | 2 | 4 | 8, value: number | bigint] | Uint8Array;

/** Puts numbers of an order and bytes in a row. */
export function pack(order: Order, ...fields: readonly Field[]): Buffer {
  const little = order === 'little';
  return Buffer.concat(
    fields.map((field) => {
      if (field instanceof Uint8Array) return field;
      const [size, value] = field;
      const bytes = Buffer.alloc(8);
      bytes[little ? 'writeBigUInt64LE' : 'writeBigUInt64BE'](BigInt.asUintN(64, BigInt(value)));
      return little ? bytes.subarray(0, size) : bytes.subarray(8 - size);
    }),
  );
}

export interface ClassicHeader {
  magic?: number;
  major?: number;
  minor?: number;
  snapLength?: number;
  network?: number;
}

export function classicHeader(order: Order, header: ClassicHeader = {}): Buffer {
  const { magic = 0xa1b2c3d4, major = 2, minor = 4, snapLength = 262_144, network = 1 } = header;
  return pack(order, [4, magic], [2, major], [2, minor], [4, 0], [4, 0], [4, snapLength], [4, network]);
}

export interface RecordFields {
  seconds?: number;
  fraction?: number;
  captured?: number;
  original?: number;
}

export function classicRecord(order: Order, data: Uint8Array, fields: RecordFields = {}): Buffer {
  const { seconds = 0, fraction = 0, captured = data.length, original = data.length } = fields;
  return pack(order, [4, seconds], [4, fraction], [4, captured], [4, original], data);
}

export function option(order: Order, code: number, value: Uint8Array, length = value.length): Buffer {
  return pack(order, [2, code], [2, length], value, Buffer.alloc(-value.length & 3));
}

/** A block around a body, with lengths that are right unless others are given. */
export function block(
  order: Order,
  type: number,
  body: Uint8Array,
  { length = 12 + body.length, trailer = length }: { length?: number; trailer?: number } = {},
): Buffer {
  return pack(order, [4, type], [4, length], body, [4, trailer]);
}

export function section(order: Order, options: Uint8Array = Buffer.alloc(0), major = 1, minor = 0): Buffer {
  return block(order, 0x0a0d0d0a, pack(order, [4, 0x1a2b3c4d], [2, major], [2, minor], [8, -1], options));
}

export interface InterfaceFields {
  linkType?: number;
  snapLength?: number;
  options?: Uint8Array;
}

export function describeInterface(order: Order, fields: InterfaceFields = {}): Buffer {
  const { linkType = 1, snapLength = 0, options = Buffer.alloc(0) } = fields;
  return block(order, 1, pack(order, [2, linkType], [2, 0], [4, snapLength], options));
}

export interface PacketFields {
  interfaceIndex?: number;
  units?: bigint;
  captured?: number;
  original?: number;
  options?: Uint8Array;
}

export function enhancedPacket(order: Order, data: Uint8Array, fields: PacketFields = {}): Buffer {
  const { interfaceIndex = 0 } = fields;
  return block(order, 6, Buffer.concat([pack(order, [4, interfaceIndex]), packetBody(order, data, fields)]));
}

/** The obsolete packet block. */
export function oldPacket(
  order: Order,
  data: Uint8Array,
  fields: PacketFields & { drops?: number } = {},
): Buffer {
  const { interfaceIndex = 0, drops = 0xffff } = fields;
  const head = pack(order, [2, interfaceIndex], [2, drops]);
  return block(order, 2, Buffer.concat([head, packetBody(order, data, fields)]));
}

function packetBody(order: Order, data: Uint8Array, fields: PacketFields): Buffer {
  const { units = 0n, captured = data.length, original = data.length, options = Buffer.alloc(0) } = fields;
  return pack(
    order,
    [4, units >> 32n],
    [4, units & 0xffff_ffffn],
    [4, captured],
    [4, original],
    data,
    Buffer.alloc(-data.length & 3),
    options,
  );
}

export function simplePacket(order: Order, data: Uint8Array, original = data.length): Buffer {
  return block(order, 3, pack(order, [4, original], data, Buffer.alloc(-data.length & 3)));
}

/** `length` bytes that tell places apart. */
export function bytes(length: number, first = 0): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (first + i * 7) & 0xff));
}
