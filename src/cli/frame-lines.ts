import type { Burst } from '../core/burst.ts';
import { formatMac } from '../core/mac.ts';
import { EtherType, headerBytes, minType, typeOffset } from '../net/ethernet.ts';
import * as vlan from '../net/vlan.ts';
import { get16 } from '../net/words.ts';
import { group, shortAddress } from '../results/figures.ts';

const names: ReadonlyMap<number, string> = new Map([
  [EtherType.ipv4, 'IPv4'],
  [EtherType.arp, 'ARP'],
  [EtherType.ipv6, 'IPv6'],
  [EtherType.lldp, 'LLDP'],
]);

/** Prints a line for each frame, as far as somebody reads them: what waits in memory has a bound. */
export class FrameLines {
  readonly #stream: NodeJS.WriteStream;
  #left = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(address: string, burst: Burst): void {
    if (this.#stream.writableNeedDrain) {
      this.#left += burst.count;
      return;
    }
    const { bytes } = burst.pool;
    let text = this.#left === 0 ? '' : `… ${group(this.#left)} frames that stdout did not keep up with\n`;
    this.#left = 0;
    for (let i = 0; i < burst.count; i++) {
      text += `${shortAddress(address)}: ${frameLine(bytes, burst.position(i), burst.lengths[i]!)}\n`;
    }
    this.#stream.write(text);
  }
}

/** One frame in a line: how long, from whom, to whom, of which VLAN, and what. */
export function frameLine(bytes: Uint8Array, position: number, length: number): string {
  if (length < headerBytes) return `${length} bytes, too short for a header`;
  const destination = formatMac(bytes.subarray(position, position + 6));
  const source = formatMac(bytes.subarray(position + 6, position + 12));
  const first = position + typeOffset;
  const typeAt = vlan.typeAt(bytes, position, position + length) || first;
  let vlans = '';
  for (let at = first; at < typeAt; at += vlan.tagBytes) vlans += `, VLAN ${vlan.idOf(vlan.tci(bytes, at))}`;
  return `${source} > ${destination}, ${group(length)} bytes${vlans}, ${nameOf(get16(bytes, typeAt))}`;
}

function nameOf(type: number): string {
  if (type < minType) return '802.3';
  return names.get(type) ?? `EtherType 0x${type.toString(16).padStart(4, '0')}`;
}
