import * as ethernet from './ethernet.ts';
import * as icmp from './icmp.ts';
import { IpProtocol } from './ip-protocol.ts';
import * as ipv4 from './ipv4.ts';
import * as ipv6 from './ipv6.ts';
import * as sctp from './sctp.ts';
import * as tcp from './tcp.ts';
import * as udp from './udp.ts';
import * as vlan from './vlan.ts';
import * as words from './words.ts';

const { get8, get16 } = words;

/** Why a frame's headers could not all be read: {@link Layers.fault}. */
export const Fault = {
  none: 0,
  /** The frame ends before its EtherType, in a tag's perhaps. */
  ethernet: 1,
  /** The IP header is not whole, is of another version than the EtherType says, or contradicts itself. */
  ip: 2,
  /** An extension header of IPv6 is not whole. */
  extension: 3,
  /** The header of TCP, UDP, SCTP, ICMP or ICMPv6 is not whole, or contradicts itself. */
  transport: 4,
  /** All headers are whole, and the frame ends before what IP says: a capture may have cut it. */
  truncated: 5,
  /** Of parsed headers alone: the entry of a burst continues the frame of the one before. */
  continued: 6,
} as const;

/** {@link Layers.fragment}. */
export const Fragment = {
  /** Not a part of a datagram. */
  none: 0,
  /** The first part, which has the transport's header. */
  first: 1,
  /** Another part: it has no transport header. */
  later: 2,
} as const;

/**
 * Where the headers of a frame are, and what they are of: made once, and read into again and again, without an allocation. Positions are in the
 * array that was read; 0 means that there is none.
 *
 * ```ts
 * const layers = new Layers();
 * if (layers.read(bytes, at, at + length) && layers.protocol === IpProtocol.udp)
 *   port = udp.destinationPort(bytes, layers.l4At);
 * ```
 */
export class Layers {
  /** Behind the tags; 0: the frame has none. Below `ethernet.minType` it is the length of an 802.3 frame. */
  etherType = 0;
  /** The TCI of the first tag; -1: there is none. */
  outerTag = -1;
  /** The TCI of a second tag; -1: there is none. */
  innerTag = -1;
  /** Behind the EtherType. */
  l3At = 0;
  /** Of IP: 4 or 6; 0: it is something else, or not whole. */
  version: 0 | 4 | 6 = 0;
  /** What follows IP's headers, extension headers included: {@link IpProtocol}; -1: no IP. */
  protocol = -1;
  /** One of {@link Fragment}. */
  fragment: 0 | 1 | 2 = 0;
  /** What follows IP's headers; 0 in a fragment that is not the first. */
  l4At = 0;
  /** Behind the last header that was read: of TCP, UDP, SCTP, ICMP and ICMPv6, otherwise behind IP or the EtherType. */
  payloadAt = 0;
  /** Where the payload ends: before the frame does, where IP says so. */
  end = 0;
  /** One of {@link Fault}. */
  fault: 0 | 1 | 2 | 3 | 4 | 5 = 0;

  /**
   * Reads the headers of the frame from `at` to `end`. Never throws, and never looks behind `end`.
   *
   * @returns Whether all of them could be read. If not, {@link fault} says why, and what comes before that is there.
   */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    this.#reset(end);
    const typeAt = this.#readTags(bytes, at, end);
    if (typeAt === 0) return this.#fail(Fault.ethernet);
    this.etherType = get16(bytes, typeAt);
    const l3 = typeAt + 2;
    this.l3At = l3;
    this.payloadAt = l3;
    if (this.etherType === ethernet.EtherType.ipv4) return this.#readIpv4(bytes, l3, end);
    if (this.etherType === ethernet.EtherType.ipv6) return this.#readIpv6(bytes, l3, end);
    return true;
  }

  /** Whether {@link l4At} is where a whole header of TCP, UDP or SCTP begins, with both ports. */
  get hasPorts(): boolean {
    const { protocol, l4At } = this;
    const isKnown =
      protocol === IpProtocol.tcp || protocol === IpProtocol.udp || protocol === IpProtocol.sctp;
    return isKnown && l4At !== 0 && this.payloadAt > l4At;
  }

  #reset(end: number): void {
    this.etherType = 0;
    this.outerTag = -1;
    this.innerTag = -1;
    this.l3At = 0;
    this.version = 0;
    this.protocol = -1;
    this.fragment = Fragment.none;
    this.l4At = 0;
    this.payloadAt = 0;
    this.end = end;
    this.fault = Fault.none;
  }

  #fail(fault: 1 | 2 | 3 | 4 | 5): false {
    this.fault = fault;
    return false;
  }

  #readTags(bytes: Uint8Array, at: number, end: number): number {
    const first = at + ethernet.typeOffset;
    const typeAt = vlan.typeAt(bytes, at, end);
    // Tags that are whole count where what follows them is not.
    if (first + vlan.tagBytes <= end && vlan.isTag(get16(bytes, first))) {
      this.outerTag = vlan.tci(bytes, first);
      const second = first + vlan.tagBytes;
      if (second + vlan.tagBytes <= end && vlan.isTag(get16(bytes, second)))
        this.innerTag = vlan.tci(bytes, second);
    }
    return typeAt;
  }

  #readIpv4(bytes: Uint8Array, at: number, end: number): boolean {
    const length = ipv4.headerLength(bytes, at, end);
    if (length === 0) return this.#fail(Fault.ip);
    this.version = 4;
    this.protocol = ipv4.protocol(bytes, at);
    const upper = at + length;
    this.payloadAt = upper;
    this.end = ipv4.payloadEnd(bytes, at, end);
    const isTruncated = at + ipv4.totalLength(bytes, at) > end;
    if (ipv4.isFragment(bytes, at))
      this.fragment = ipv4.fragmentOffset(bytes, at) === 0 ? Fragment.first : Fragment.later;
    return this.#readUpper(bytes, upper, isTruncated);
  }

  #readIpv6(bytes: Uint8Array, at: number, end: number): boolean {
    if (ipv6.headerLength(bytes, at, end) === 0) return this.#fail(Fault.ip);
    this.version = 6;
    this.end = ipv6.payloadEnd(bytes, at, end);
    const isTruncated = at + ipv6.headerBytes + ipv6.payloadLength(bytes, at) > end;
    let announced = ipv6.nextHeader(bytes, at);
    let place = at + ipv6.headerBytes;
    while (ipv6.isExtension(announced) && this.fragment !== Fragment.later) {
      const length = ipv6.extensionLength(bytes, place, this.end, announced);
      if (length === 0) return this.#failInExtension(announced, place);
      if (announced === ipv6.Extension.fragment)
        this.fragment = ipv6.fragmentOffset(bytes, place) === 0 ? Fragment.first : Fragment.later;
      announced = get8(bytes, place);
      place += length;
    }
    this.protocol = announced;
    this.payloadAt = place;
    return this.#readUpper(bytes, place, isTruncated);
  }

  #failInExtension(announced: number, place: number): false {
    this.protocol = announced;
    this.payloadAt = place;
    return this.#fail(Fault.extension);
  }

  #readUpper(bytes: Uint8Array, at: number, isTruncated: boolean): boolean {
    if (this.fragment !== Fragment.later) {
      this.l4At = at;
      const length = transportLength(bytes, at, this.end, this.protocol, this.version);
      if (length < 0) return this.#fail(Fault.transport);
      this.payloadAt = at + length;
    }
    return isTruncated ? this.#fail(Fault.truncated) : true;
  }
}

/** Bytes of the transport's header; 0 of one that is not read, negative when it is not whole. */
function transportLength(
  bytes: Uint8Array,
  at: number,
  end: number,
  protocol: number,
  version: number,
): number {
  switch (protocol) {
    case IpProtocol.tcp:
      return tcp.headerLength(bytes, at, end) || -1;
    case IpProtocol.udp:
      return udp.headerLength(bytes, at, end) || -1;
    case IpProtocol.sctp:
      return sctp.headerLength(bytes, at, end) || -1;
    case IpProtocol.icmp:
      return version === 4 ? icmp.headerLength(bytes, at, end) || -1 : 0;
    case IpProtocol.icmp6:
      return version === 6 ? icmp.headerLength(bytes, at, end) || -1 : 0;
    default:
      return 0;
  }
}
