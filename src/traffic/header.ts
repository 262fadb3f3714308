import {
  headerBytes as ethernetBytes,
  experimentalEtherType,
  setDestination,
  setSource,
} from '../net/ethernet.ts';
import { tagBytes, tagProtocol } from '../net/vlan.ts';
import type { Field, FieldName, FieldPlace } from './fields.ts';

/** What frames are made of, from Ethernet up. */
export const templateNames = ['ethernet', 'ipv4', 'ipv6', 'udp', 'tcp', 'udp6', 'tcp6'] as const;
export type TemplateName = (typeof templateNames)[number];

/** Where the parts of a frame begin. */
export interface HeaderLayout {
  vlan: boolean;
  ip: 4 | 6 | null;
  l4: 'udp' | 'tcp' | null;
  l3At: number;
  l4At: number;
  payloadAt: number;
}

const ipBytes = { 4: 20, 6: 40 } as const;
const l4Bytes = { udp: 8, tcp: 20 } as const;
// With nothing of ours above IP: "use for experimentation and testing" (RFC 3692).
const experimentalProtocol = 253;
const protocols = { udp: 17, tcp: 6 } as const;
const defaultTtl = 64;
/** The networks that are set aside for measuring: RFC 2544 and RFC 5180. */
const defaultAddresses = {
  4: { source: [198, 18, 0, 1], destination: [198, 19, 0, 1] },
  6: {
    source: [0x20, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    destination: [0x20, 1, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  },
} as const;
// RFC 2544's source port; and discard, so that a host which hears of it sends nothing back.
const defaultPorts = { source: 0xc020, destination: 9 };

export function layoutOf(template: TemplateName, vlan: boolean): HeaderLayout {
  const ip = template === 'ethernet' ? null : template.endsWith('6') ? 6 : 4;
  const l4 = template.startsWith('udp') ? 'udp' : template.startsWith('tcp') ? 'tcp' : null;
  const l3At = ethernetBytes + (vlan ? tagBytes : 0);
  const l4At = l3At + (ip === null ? 0 : ipBytes[ip]);
  return { vlan, ip, l4, l3At, l4At, payloadAt: l4At + (l4 === null ? 0 : l4Bytes[l4]) };
}

/** Where a field's bytes begin, how many they are; null when frames of that layout have no such field. */
function whole(
  { vlan, ip, l4, l3At, l4At }: HeaderLayout,
  name: FieldName,
): [offset: number, bytes: number] | null {
  const address = ip === 6 ? 16 : 4;
  const source = l3At + (ip === 6 ? 8 : 12);
  const places: Record<FieldName, [number, number] | null> = {
    'dst-mac': [0, 6],
    'src-mac': [6, 6],
    vlan: vlan ? [ethernetBytes, 2] : null,
    'src-ip': ip && [source, address],
    'dst-ip': ip && [source + address, address],
    ttl: ip && [l3At + (ip === 6 ? 7 : 8), 1],
    'src-port': l4 && [l4At, 2],
    'dst-port': l4 && [l4At + 2, 2],
  };
  return places[name];
}

/** Where the part of a field lies that varies; null when frames of that layout have no such field. */
export function placeOf(layout: HeaderLayout, name: FieldName): FieldPlace | null {
  const place = whole(layout, name);
  if (place === null) return null;
  const [offset, bytes] = place;
  const width = Math.min(bytes, 4) as 1 | 2 | 4;
  const isAddress = name === 'src-ip' || name === 'dst-ip';
  return {
    offset: offset + bytes - width,
    width,
    bytes,
    inIp: layout.ip === 4 && (isAddress || name === 'ttl'),
    inL4: layout.l4 !== null && (isAddress || name === 'src-port' || name === 'dst-port'),
  };
}

/** A header with the first value of each field. Lengths and checksums, which depend on the frame, are 0. */
export function buildHeader(
  layout: HeaderLayout,
  addresses: { source: Uint8Array; destination: Uint8Array },
  fields: readonly Field[],
): Uint8Array {
  const { vlan, ip, l4, l3At, l4At, payloadAt } = layout;
  const bytes = new Uint8Array(payloadAt);
  const view = new DataView(bytes.buffer);
  setDestination(bytes, 0, addresses.destination);
  setSource(bytes, 0, addresses.source);
  if (vlan) view.setUint16(12, tagProtocol);
  view.setUint16(l3At - 2, ip === null ? experimentalEtherType : ip === 4 ? 0x0800 : 0x86dd);
  const protocol = l4 === null ? experimentalProtocol : protocols[l4];
  if (ip === 4) {
    bytes.set([0x45, 0, 0, 0, 0, 0, 0x40, 0, defaultTtl, protocol], l3At); // not to be fragmented
    bytes.set(defaultAddresses[4].source, l3At + 12);
    bytes.set(defaultAddresses[4].destination, l3At + 16);
  } else if (ip === 6) {
    bytes.set([0x60, 0, 0, 0, 0, 0, protocol, defaultTtl], l3At);
    bytes.set(defaultAddresses[6].source, l3At + 8);
    bytes.set(defaultAddresses[6].destination, l3At + 24);
  }
  if (l4 !== null) {
    view.setUint16(l4At, defaultPorts.source);
    view.setUint16(l4At + 2, defaultPorts.destination);
  }
  if (l4 === 'tcp') bytes.set([0x50, 0x10, 0xff, 0xff], l4At + 12); // 20 bytes, ACK, the largest window
  for (const { name, first } of fields) bytes.set(first, whole(layout, name)![0]);
  return bytes;
}
