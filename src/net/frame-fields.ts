import { bytesIn, checkBoolean, checkInteger, checkOptions } from '../core/check.ts';
import { describe, invalidArgument } from '../core/errors.ts';
import type { FrameLayer, LayerKind, LayerOf } from './frame-layers.ts';

type Check = (name: string, value: unknown) => void;

const upTo =
  (most: number): Check =>
  (name, value) =>
    checkInteger(name, value, 0, most);
const [bits8, bits16] = [upTo(0xff), upTo(0xffff)];
/** As {@link get32} returns it, too. */
const bits32: Check = (name, value) => checkInteger(name, value, -(2 ** 31), 2 ** 32 - 1);
const place: Check = (name, value) => {
  checkInteger(name, value, 0, 0xfff8);
  if ((value as number) % 8 !== 0) throw invalidArgument(`${name} is ${value}`, 'use a multiple of 8');
};
const bytes: Check = (name, value) => {
  if (bytesIn(value) === undefined)
    throw invalidArgument(`${name} is ${describe(value)}`, 'pass a Uint8Array');
};
const options: Check = (name, value) => {
  bytes(name, value);
  const length = bytesIn(value)!;
  if (length % 4 !== 0 || length > 40)
    throw invalidArgument(`${name} has ${length} bytes`, 'use a multiple of 4, at most 40');
};
const extension: Check = (name, value) => {
  bytes(name, value);
  const length = bytesIn(value)!;
  if (length % 8 !== 6 || length > 2046)
    throw invalidArgument(`${name} has ${length} bytes`, 'use 6, or a multiple of 8 more, at most 2046');
};
/** Whoever parses it refuses what is none. */
const address: Check = () => {};
const may =
  (check: Check): Check =>
  (name, value) => {
    if (value !== undefined) check(name, value);
  };

const ports = { source: bits16, destination: bits16 };
const icmpFields = { type: bits8, code: may(bits8), identifier: may(bits16), sequence: may(bits16) };

/** What each field of each kind of layer can be. */
const fields: { [Kind in LayerKind]: Record<Exclude<keyof LayerOf<Kind>, 'kind'>, Check> } = {
  ethernet: { destination: address, source: address, type: may(bits16) },
  vlan: { id: upTo(0xfff), priority: may(upTo(7)), isService: may(checkBoolean), type: may(bits16) },
  arp: {
    ...{ operation: may(bits16), senderMac: address, senderIp: address },
    ...{ targetMac: address, targetIp: address },
  },
  ipv4: {
    ...{ source: address, destination: address, protocol: may(bits8), timeToLive: may(bits8) },
    ...{ identification: may(bits16), flags: may(upTo(0xe000)), fragmentOffset: may(place) },
    options: may(options),
  },
  ipv6: { source: address, destination: address, nextHeader: may(bits8), hopLimit: may(bits8) },
  extension: { header: bits8, data: may(extension), nextHeader: may(bits8) },
  fragment: { offset: place, hasMore: checkBoolean, identification: bits32, nextHeader: may(bits8) },
  udp: { ...ports, hasChecksum: may(checkBoolean) },
  tcp: {
    ...{ ...ports, sequence: may(bits32), acknowledgment: may(bits32) },
    ...{ flags: may(bits8), window: may(bits16), options: may(options) },
  },
  sctp: { ...ports, verificationTag: may(bits32) },
  icmp: icmpFields,
  icmp6: icmpFields,
  gre: { key: may(bits32), protocol: may(bits16) },
  vxlan: { network: upTo(0xffffff) },
  payload: { bytes },
};

const kinds = Object.keys(fields);

/** Refuses what is no layer, and fields that a layer of its kind has not or that are out of range. */
export function checkLayer(layer: FrameLayer): void {
  const kind: unknown = (layer as { kind?: unknown } | null | undefined)?.kind;
  if (typeof kind !== 'string' || !kinds.includes(kind))
    throw invalidArgument(`${describe(kind)} is no kind of layer`, `use ${kinds.join(', ')}`);
  const checks: Record<string, Check> = fields[kind as LayerKind];
  checkOptions(`the layer ${kind}`, layer as object, ['kind', ...Object.keys(checks)] as never);
  for (const [name, check] of Object.entries(checks))
    check(`${name} of ${kind}`, (layer as unknown as Record<string, unknown>)[name]);
}
