import * as ethernet from '../net/ethernet.ts';
import { IpProtocol } from '../net/ip-protocol.ts';
import * as ipv4 from '../net/ipv4.ts';
import * as ipv6 from '../net/ipv6.ts';
import * as tcp from '../net/tcp.ts';
import * as udp from '../net/udp.ts';
import * as vlan from '../net/vlan.ts';
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

const ipBytes = { 4: ipv4.headerBytes, 6: ipv6.headerBytes } as const;
const l4Bytes = { udp: udp.headerBytes, tcp: tcp.headerBytes } as const;
/** The networks that are set aside for measuring: RFC 2544 and RFC 5180. */
const defaultAddresses = {
  4: { source: ipv4.parseAddress('198.18.0.1'), destination: ipv4.parseAddress('198.19.0.1') },
  6: { source: ipv6.parseAddress('2001:2::1'), destination: ipv6.parseAddress('2001:2:0:1::1') },
} as const;
// RFC 2544's source port; and discard, so that a host which hears of it sends nothing back.
const defaultPorts = { source: 0xc020, destination: 9 };

export function layoutOf(template: TemplateName, isTagged: boolean): HeaderLayout {
  const ip = template === 'ethernet' ? null : template.endsWith('6') ? 6 : 4;
  const l4 = template.startsWith('udp') ? 'udp' : template.startsWith('tcp') ? 'tcp' : null;
  const l3At = ethernet.headerBytes + (isTagged ? vlan.tagBytes : 0);
  const l4At = l3At + (ip === null ? 0 : ipBytes[ip]);
  return { vlan: isTagged, ip, l4, l3At, l4At, payloadAt: l4At + (l4 === null ? 0 : l4Bytes[l4]) };
}

/** Where a field's bytes begin, how many they are; null when frames of that layout have no such field. */
function whole(
  { vlan: isTagged, ip, l4, l3At, l4At }: HeaderLayout,
  name: FieldName,
): [offset: number, bytes: number] | null {
  const address = ip === 6 ? ipv6.addressBytes : 4;
  const source = l3At + (ip === 6 ? ipv6 : ipv4).sourceOffset;
  const places: Record<FieldName, [number, number] | null> = {
    'dst-mac': [0, 6],
    'src-mac': [6, 6],
    vlan: isTagged ? [ethernet.headerBytes, 2] : null,
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
  const { ip, l4, l3At, l4At, payloadAt } = layout;
  const bytes = new Uint8Array(payloadAt);
  const { EtherType } = ethernet;
  const type = ip === null ? EtherType.experimental : ip === 4 ? EtherType.ipv4 : EtherType.ipv6;
  const firstType = layout.vlan ? EtherType.vlan : type;
  const end = ethernet.write(bytes, 0, addresses.destination, addresses.source, firstType);
  if (layout.vlan) vlan.write(bytes, end, 0, type);
  const protocol = IpProtocol[l4 ?? 'experimental'];
  if (ip === 4) {
    const { source, destination } = defaultAddresses[4];
    ipv4.write(bytes, l3At, 0, protocol, source, destination);
  } else if (ip === 6) {
    const { source, destination } = defaultAddresses[6];
    ipv6.write(bytes, l3At, 0, protocol, source, destination);
  }
  const { source, destination } = defaultPorts;
  if (l4 === 'udp') udp.write(bytes, l4At, source, destination, 0);
  else if (l4 === 'tcp') tcp.write(bytes, l4At, source, destination, 0, 0, tcp.Flag.ack);
  for (const { name, first } of fields) bytes.set(first, whole(layout, name)![0]);
  return bytes;
}
