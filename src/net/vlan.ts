// A tag stands where the EtherType would: a tag's own type, its TCI, and then the type of what follows. Positions here are
// of that place, 12 bytes into a frame whose first tag is meant.
import { EtherType, typeOffset } from './ethernet.ts';
import * as words from './words.ts';

const { get16, get32, moveBytes, put16, put32 } = words;

/** Bytes that a tag adds to a frame. */
export const tagBytes = 4;
const mostTags = 2;

/** Whether an EtherType announces a tag: 802.1Q's or 802.1ad's. */
export function isTag(etherType: number): boolean {
  return etherType === EtherType.vlan || etherType === EtherType.serviceVlan;
}

/**
 * Where the EtherType stands that is no tag's, behind the tags of the frame at `at`: at most two, and what follows those is
 * not looked at. 0 when it is not whole before `end`. What the EtherType announces begins two bytes further on.
 */
export function typeAt(bytes: Uint8Array, at: number, end: number): number {
  let place = at + typeOffset;
  for (let tags = 0; tags < mostTags && place + 2 <= end && isTag(get16(bytes, place)); tags++)
    place += tagBytes;
  return place + 2 <= end ? place : 0;
}

/** The TCI of the tag whose type stands at `at`: priority, drop eligibility and VLAN. */
export function tci(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 2);
}

export function setTci(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at + 2, value);
}

/** The VLAN in a TCI; 0: none, the tag tells a priority alone. */
export function idOf(tci: number): number {
  return tci & 0xfff;
}

/** The priority in a TCI, 0 to 7. */
export function priorityOf(tci: number): number {
  return (tci >>> 13) & 7;
}

/** Whether a TCI says that the frame may be dropped before others. */
export function isDropEligible(tci: number): boolean {
  return (tci & 0x1000) !== 0;
}

/** The TCI of a VLAN and a priority. */
export function tciOf(id: number, priority = 0): number {
  return ((priority & 7) << 13) | (id & 0xfff);
}

/**
 * Writes what follows a tag's type, which is written already, as an Ethernet header's or another tag's: the TCI and the
 * type of what comes next. Returns where that begins.
 */
export function write(bytes: Uint8Array, at: number, tci: number, etherType: number): number {
  put16(bytes, at, tci);
  put16(bytes, at + 2, etherType);
  return at + tagBytes;
}

/** Inserts a tag into the frame at `at`, which begins 4 bytes earlier then: returns where. They must be free, as headroom is. */
export function insert(bytes: Uint8Array, at: number, tci: number, tagType: number = EtherType.vlan): number {
  const tagged = at - tagBytes;
  moveBytes(bytes, tagged, at, typeOffset);
  put16(bytes, tagged + typeOffset, tagType);
  put16(bytes, tagged + typeOffset + 2, tci);
  return tagged;
}

/** Removes the first tag from the frame at `at`, which begins 4 bytes later then: returns where. */
export function remove(bytes: Uint8Array, at: number): number {
  // Both addresses, read before they are written: copyWithin() throws, or counts from the end, where nothing may be written.
  const first = get32(bytes, at);
  const second = get32(bytes, at + 4);
  const third = get32(bytes, at + 8);
  put32(bytes, at + tagBytes, first);
  put32(bytes, at + tagBytes + 4, second);
  put32(bytes, at + tagBytes + 8, third);
  return at + tagBytes;
}
