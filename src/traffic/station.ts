import { checksumOf, sumWords } from '../net/checksum.ts';
import { headerBytes } from '../net/ethernet.ts';
import { tagBytes, tagProtocol } from '../net/vlan.ts';
import { get16, put16 } from '../net/words.ts';

/** What questions a station is asked: the field of a result's counts. */
export const questions = ['arp', 'ping', 'neighbor', 'ping6'] as const;
export type Question = (typeof questions)[number];

/** An answer: to what, and how long the frame is now. Made once, and reused. */
export interface Answer {
  question: Question;
  length: number;
}

const etherTypes = { arp: 0x0806, ip4: 0x0800, ip6: 0x86dd } as const;
const [arpRequest, arpReply] = [1, 2];
const [icmp, echoRequest, echoReply] = [1, 8, 0];
const [icmp6, echoRequest6, echoReply6, solicitation, advertisement] = [58, 128, 129, 135, 136];
const l3 = headerBytes;
const icmp6At = l3 + 40;
const advertisementBytes = icmp6At + 32;
const neverRouted = 255;

/**
 * Turns questions to a station into their answers, where they lie: ARP and ping, and their like of IPv6, neighbour solicitation and ping.
 * Fragments are not put together. A question with a VLAN tag, or a priority tag, has an answer with the same.
 */
export class Station {
  readonly #mac: Uint8Array;
  readonly #ip4s: readonly Uint8Array[];
  readonly #ip6s: readonly Uint8Array[];
  readonly #answer: Answer = { question: 'arp', length: 0 };

  /** @param ips 4 or 16 bytes each. */
  constructor(mac: Uint8Array, ips: readonly Uint8Array[]) {
    this.#mac = mac;
    this.#ip4s = ips.filter(({ length }) => length === 4);
    this.#ip6s = ips.filter(({ length }) => length === 16);
  }

  /** The frame at `position`, answered; undefined, and as it was, when it is no question to this station. */
  answer(bytes: Uint8Array, position: number, length: number): Answer | undefined {
    const tag = get16(bytes, position + 12) === tagProtocol ? tagBytes : 0;
    const at = position + tag; // where a frame without it would begin, as far as what follows is concerned
    const question = this.#questionOf(bytes, at, length - tag);
    if (question === undefined) return undefined;
    const answer = this.#answer;
    answer.question = question;
    answer.length = length;
    bytes.copyWithin(position, position + 6, position + 12);
    bytes.set(this.#mac, position + 6);
    if (question === 'arp') this.#answerArp(bytes, at);
    else if (question === 'ping') answerPing(bytes, at);
    else if (question === 'ping6') answerPing6(bytes, at);
    else answer.length = tag + this.#advertise(bytes, at, position);
    return answer;
  }

  #questionOf(bytes: Uint8Array, at: number, length: number): Question | undefined {
    if (length < l3 + 28) return undefined;
    const type = get16(bytes, at + 12);
    if (type === etherTypes.arp) {
      const isAsked = get16(bytes, at + l3 + 6) === arpRequest && isOneOf(this.#ip4s, bytes, at + l3 + 24);
      return isAsked ? 'arp' : undefined;
    }
    if (type === etherTypes.ip4) return this.#isPing(bytes, at, length) ? 'ping' : undefined;
    return type === etherTypes.ip6 ? this.#question6Of(bytes, at, length) : undefined;
  }

  #isPing(bytes: Uint8Array, at: number, length: number): boolean {
    const isFragment = (get16(bytes, at + l3 + 6) & 0x3fff) !== 0;
    if (isFragment || bytes[at + l3 + 9] !== icmp || !isOneOf(this.#ip4s, bytes, at + l3 + 16)) return false;
    const message = l3 + headerLength(bytes, at);
    return length >= message + 8 && bytes[at + message] === echoRequest;
  }

  #question6Of(bytes: Uint8Array, at: number, length: number): Question | undefined {
    if (length < icmp6At + 8 || bytes[at + l3 + 6] !== icmp6) return undefined;
    if (bytes[at + icmp6At] === echoRequest6)
      return isOneOf(this.#ip6s, bytes, at + l3 + 24) ? 'ping6' : undefined;
    const isSolicitation =
      bytes[at + icmp6At] === solicitation && bytes[at + l3 + 7] === neverRouted && length >= icmp6At + 24;
    return isSolicitation && isOneOf(this.#ip6s, bytes, at + icmp6At + 8) ? 'neighbor' : undefined;
  }

  #answerArp(bytes: Uint8Array, at: number): void {
    const body = at + l3;
    put16(bytes, body + 6, arpReply);
    for (let i = 0; i < 4; i++) exchange(bytes, body + 14 + i, body + 24 + i);
    bytes.copyWithin(body + 18, body + 8, body + 14); // who asked is whom it goes to
    bytes.set(this.#mac, body + 8);
  }

  /** RFC 4861, 7.2.4. Whoever has no address yet asked whether this one is in use: all are told. */
  #advertise(bytes: Uint8Array, at: number, addressesAt: number): number {
    const source = at + l3 + 8;
    const destination = source + 16;
    const message = at + icmp6At;
    const isKnown = !isZero(bytes, source, 16);
    if (isKnown) {
      bytes.copyWithin(destination, source, source + 16);
    } else {
      bytes.fill(0, destination, destination + 16);
      put16(bytes, destination, 0xff02);
      bytes[destination + 15] = 1;
      bytes.set([0x33, 0x33, 0, 0, 0, 1], addressesAt);
    }
    bytes.copyWithin(source, message + 8, message + 24);
    put16(bytes, at + l3 + 4, advertisementBytes - icmp6At);
    bytes[message] = advertisement;
    bytes[message + 1] = 0;
    bytes.fill(0, message + 4, message + 8);
    bytes[message + 4] = isKnown ? 0x60 : 0x20; // solicited, override
    bytes[message + 24] = 2; // the target's address,
    bytes[message + 25] = 1; // 8 bytes with these two
    bytes.set(this.#mac, message + 26);
    put16(bytes, message + 2, 0);
    const pseudo = sumWords(bytes, source, source + 32) + (advertisementBytes - icmp6At) + icmp6;
    put16(bytes, message + 2, checksumOf(pseudo + sumWords(bytes, message, at + advertisementBytes)));
    return advertisementBytes;
  }
}

/** The checksums do not mind two addresses that change places. */
function answerPing(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 4; i++) exchange(bytes, at + l3 + 12 + i, at + l3 + 16 + i);
  const message = at + l3 + headerLength(bytes, at);
  bytes[message] = echoReply;
  raiseChecksum(bytes, message + 2, echoRequest << 8);
}

function answerPing6(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) exchange(bytes, at + l3 + 8 + i, at + l3 + 24 + i);
  bytes[at + icmp6At] = echoReply6;
  // The type rose by one, which is 0x0100 less for a checksum: 0xfeff more, in one's complement.
  raiseChecksum(bytes, at + icmp6At + 2, 0xffff - ((echoReply6 - echoRequest6) << 8));
}

/** A checksum is a complement: it rises by what its words fell by, with end-around carry (RFC 1624). */
function raiseChecksum(bytes: Uint8Array, at: number, by: number): void {
  const sum = get16(bytes, at) + by;
  put16(bytes, at, (sum & 0xffff) + (sum >>> 16));
}

function headerLength(bytes: Uint8Array, at: number): number {
  return (bytes[at + l3]! & 0x0f) * 4;
}

function isOneOf(addresses: readonly Uint8Array[], bytes: Uint8Array, at: number): boolean {
  for (let n = 0; n < addresses.length; n++) {
    const address = addresses[n]!;
    let i = 0;
    while (i < address.length && bytes[at + i] === address[i]) i++;
    if (i === address.length) return true;
  }
  return false;
}

function isZero(bytes: Uint8Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (bytes[i] !== 0) return false;
  return true;
}

function exchange(bytes: Uint8Array, a: number, b: number): void {
  const byte = bytes[a]!;
  bytes[a] = bytes[b]!;
  bytes[b] = byte;
}
