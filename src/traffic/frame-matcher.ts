import { EtherType, headerBytes, typeOffset } from '../net/ethernet.ts';
import { tagBytes } from '../net/vlan.ts';
import { get16 } from '../net/words.ts';
import type { FieldPlace } from './fields.ts';
import type { HeaderLayout } from './header.ts';

/**
 * Tells a stream's frames from whatever else a real network sends, by what of their headers is the same in all of them and survives
 * a device on their way: EtherType, IP version, protocol, addresses and ports. Routers change MACs, TTL and DSCP, and tags may be
 * stripped.
 */
export class FrameMatcher {
  readonly #offsets: Uint8Array;
  readonly #values: Uint8Array;
  readonly #fromTag: number;

  constructor(layout: HeaderLayout, header: Uint8Array, varying: readonly FieldPlace[]) {
    const { l3At, vlan } = layout;
    const isVarying = (at: number) =>
      varying.some(({ offset, width }) => at >= offset && at < offset + width);
    const offsets = fixedBytes(layout).filter((at) => !isVarying(at));
    this.#values = Uint8Array.from(offsets, (at) => header[at]!);
    this.#offsets = Uint8Array.from(offsets, (at) => at - (vlan ? tagBytes : 0));
    this.#fromTag = l3At - headerBytes;
  }

  matches(bytes: Uint8Array, position: number, length: number): boolean {
    const offsets = this.#offsets;
    const values = this.#values;
    const isTagged = get16(bytes, position + typeOffset) === EtherType.vlan;
    const start = isTagged ? position + tagBytes : position;
    if (isTagged && this.#fromTag === 0) return false;
    if (length < offsets[offsets.length - 1]! + tagBytes) return false;
    for (let i = 0; i < offsets.length; i++) if (bytes[start + offsets[i]!] !== values[i]) return false;
    return true;
  }
}

/** In the header, ascending: what neither a router nor the frame's length changes. */
function fixedBytes({ ip, l4, l3At, l4At }: HeaderLayout): number[] {
  const range = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => first + i);
  const type = [l3At - 2, l3At - 1];
  const ports = l4 === null ? [] : range(l4At, l4At + 4);
  if (ip === null) return type;
  if (ip === 4) return [...type, l3At, l3At + 9, ...range(l3At + 12, l4At), ...ports];
  return [...type, l3At + 6, ...range(l3At + 8, l4At), ...ports];
}
