import * as arp from '../net/arp.ts';
import { EtherType, setSource } from '../net/ethernet.ts';
import * as icmp from '../net/icmp.ts';
import * as icmp6 from '../net/icmp6.ts';
import { IpProtocol } from '../net/ip-protocol.ts';
import * as ipv4 from '../net/ipv4.ts';
import * as ipv6 from '../net/ipv6.ts';
import { Fragment, Layers } from '../net/layers.ts';
import { get32, hasBytes, isZero, moveBytes, putBytes, swapBytes } from '../net/words.ts';

/** What questions a station is asked: the field of a result's counts. */
export const questions = ['arp', 'ping', 'neighbor', 'ping6'] as const;
export type Question = (typeof questions)[number];

/** An answer: to what, and how long the frame is now. Made once, and reused. */
export interface Answer {
  question: Question;
  length: number;
}

/** All nodes of a link, and the MAC of that group (RFC 4291, 2.7.1; RFC 2464, 7). */
const allNodes = ipv6.parseAddress('ff02::1');
const allNodesMac = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);

/**
 * Turns questions to a station into their answers, where they lie: ARP and ping, and their like of IPv6, neighbour solicitation and ping.
 * Fragments are not put together. A question with a VLAN tag, or a priority tag, has an answer with the same.
 */
export class Station {
  readonly #mac: Uint8Array;
  readonly #ip4s: readonly number[];
  readonly #ip6s: readonly Uint8Array[];
  readonly #layers = new Layers();
  readonly #answer: Answer = { question: 'arp', length: 0 };

  /** @param ips 4 or 16 bytes each. */
  constructor(mac: Uint8Array, ips: readonly Uint8Array[]) {
    this.#mac = mac;
    this.#ip4s = ips.filter(({ length }) => length === 4).map((ip) => get32(ip, 0));
    this.#ip6s = ips.filter(({ length }) => length === ipv6.addressBytes);
  }

  /** The frame at `position`, answered; undefined, and as it was, when it is no question to this station. */
  answer(bytes: Uint8Array, position: number, length: number): Answer | undefined {
    const layers = this.#layers;
    if (!layers.read(bytes, position, position + length)) return undefined;
    const question = this.#questionOf(bytes, layers);
    if (question === undefined) return undefined;
    const { l3At, l4At } = layers;
    const answer = this.#answer;
    answer.question = question;
    answer.length = length;
    moveBytes(bytes, position, position + 6, 6);
    setSource(bytes, position, this.#mac);
    if (question === 'arp') {
      arp.answer(bytes, l3At, this.#mac);
    } else if (question === 'ping') {
      // The checksums do not mind two addresses that change places.
      swapBytes(bytes, l3At + ipv4.sourceOffset, l3At + ipv4.destinationOffset, 4);
      icmp.answerEcho(bytes, l4At);
    } else if (question === 'ping6') {
      swapBytes(bytes, l3At + ipv6.sourceOffset, l3At + ipv6.destinationOffset, ipv6.addressBytes);
      icmp6.answerEcho(bytes, l4At);
    } else {
      answer.length = this.#advertise(bytes, layers, position) - position;
    }
    return answer;
  }

  #questionOf(bytes: Uint8Array, layers: Layers): Question | undefined {
    const { etherType, l3At, l4At, version, protocol, end } = layers;
    if (etherType === EtherType.arp) return this.#isArpRequest(bytes, l3At, end) ? 'arp' : undefined;
    if (layers.fragment !== Fragment.none) return undefined;
    if (version === 4 && protocol === IpProtocol.icmp) {
      const isPing = icmp.type(bytes, l4At) === icmp.Type.echoRequest;
      return isPing && this.#ip4s.includes(ipv4.destination(bytes, l3At)) ? 'ping' : undefined;
    }
    const isIcmp6 = version === 6 && ipv6.nextHeader(bytes, l3At) === IpProtocol.icmp6;
    return isIcmp6 ? this.#question6Of(bytes, layers) : undefined;
  }

  #isArpRequest(bytes: Uint8Array, at: number, end: number): boolean {
    if (arp.messageLength(bytes, at, end) === 0 || arp.operation(bytes, at) !== arp.Operation.request)
      return false;
    return this.#ip4s.includes(arp.targetIp(bytes, at));
  }

  #question6Of(bytes: Uint8Array, { l3At, l4At, end }: Layers): Question | undefined {
    const type = icmp6.type(bytes, l4At);
    if (type === icmp6.Type.echoRequest)
      return isOneOf(this.#ip6s, bytes, l3At + ipv6.destinationOffset) ? 'ping6' : undefined;
    const isSolicitation =
      type === icmp6.Type.neighborSolicitation &&
      ipv6.hopLimit(bytes, l3At) === icmp6.neverRouted &&
      icmp6.isNeighborMessage(bytes, l4At, end);
    return isSolicitation && isOneOf(this.#ip6s, bytes, l4At + icmp6.targetOffset) ? 'neighbor' : undefined;
  }

  /** RFC 4861, 7.2.4. Whoever has no address yet asked whether this one is in use: all are told. Returns where the frame ends. */
  #advertise(bytes: Uint8Array, { l3At, l4At }: Layers, position: number): number {
    const source = l3At + ipv6.sourceOffset;
    const { solicited, override } = icmp6.AdvertisementFlag;
    const isKnown = !isZero(bytes, source, ipv6.addressBytes);
    if (isKnown) {
      moveBytes(bytes, l3At + ipv6.destinationOffset, source, ipv6.addressBytes);
    } else {
      ipv6.setDestination(bytes, l3At, allNodes);
      putBytes(bytes, position, allNodesMac, 6);
    }
    moveBytes(bytes, source, l4At + icmp6.targetOffset, ipv6.addressBytes);
    ipv6.setPayloadLength(bytes, l3At, icmp6.neighborMessageBytes);
    const end = icmp6.answerSolicitation(bytes, l4At, this.#mac, isKnown ? solicited | override : override);
    const pseudo = ipv6.sumPseudoHeader(bytes, l3At, IpProtocol.icmp6, icmp6.neighborMessageBytes);
    icmp6.fillChecksum(bytes, l4At, end, pseudo);
    return end;
  }
}

function isOneOf(addresses: readonly Uint8Array[], bytes: Uint8Array, at: number): boolean {
  for (let n = 0; n < addresses.length; n++) if (hasBytes(bytes, at, addresses[n]!)) return true;
  return false;
}
