import { checksumOf, isGoodSum, sumWords } from './checksum.ts';
import * as icmp from './icmp.ts';
import * as words from './words.ts';

// The header is that of IPv4's ICMP; its checksum covers a pseudo header, too.
export {
  checksum,
  code,
  headerBytes,
  headerLength,
  identifier,
  replaceType,
  sequence,
  type,
  writeEcho,
} from './icmp.ts';

const { get8, put16, put32, putBytes } = words;

export const Type = {
  unreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
} as const;

/** Bits of an advertisement's fifth byte. */
export const AdvertisementFlag = { router: 0x80, solicited: 0x40, override: 0x20 } as const;

/** Kinds of the options of neighbour discovery. */
export const Option = { sourceAddress: 1, targetAddress: 2, prefix: 3, redirected: 4, mtu: 5 } as const;

/** Where the address stands that a solicitation or an advertisement is about. */
export const targetOffset = 8;
/** Where the options of a solicitation or an advertisement begin. */
export const optionsOffset = 24;
/** Bytes of a solicitation or an advertisement with one option, a MAC. */
export const neighborMessageBytes = 32;
/** What the hop limit of neighbour discovery must be: no router has passed it on (RFC 4861, 7.1). */
export const neverRouted = 255;

const macBytes = 6;
const addressBytes = 16;

/**
 * Whether the checksum of the message from `at` to `end` is right.
 *
 * @param pseudoSum Of `ipv6.sumPseudoHeader`.
 */
export function hasGoodChecksum(bytes: Uint8Array, at: number, end: number, pseudoSum: number): boolean {
  return isGoodSum(pseudoSum + sumWords(bytes, at, end));
}

/** Writes the checksum of the message from `at` to `end`. */
export function fillChecksum(bytes: Uint8Array, at: number, end: number, pseudoSum: number): void {
  put16(bytes, at + 2, 0);
  put16(bytes, at + 2, checksumOf(pseudoSum + sumWords(bytes, at, end)));
}

/** Turns an echo request into its reply. The addresses of IP, which are to change places, are not this message's. */
export function answerEcho(bytes: Uint8Array, at: number): void {
  icmp.replaceType(bytes, at, Type.echoReply);
}

/** Whether the solicitation or advertisement at `at` is whole before `end`, and its options are. */
export function isNeighborMessage(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < optionsOffset || icmp.code(bytes, at) !== 0) return false;
  const type = icmp.type(bytes, at);
  if (type !== Type.neighborSolicitation && type !== Type.neighborAdvertisement) return false;
  let option = at + optionsOffset;
  while (option < end) {
    const length = optionLength(bytes, option, end);
    if (length === 0) return false;
    option += length;
  }
  return true;
}

/** Bytes of the option of neighbour discovery at `at`; 0 when it is not whole before `end`. */
export function optionLength(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 8) return 0;
  const length = get8(bytes, at + 1) << 3;
  return at + length <= end ? length : 0;
}

/** Where the first option of this kind begins, of those from `at` to `end`; 0: there is none. */
export function findOption(bytes: Uint8Array, at: number, end: number, kind: number): number {
  let option = at;
  for (;;) {
    const length = optionLength(bytes, option, end);
    if (length === 0) return 0;
    if (get8(bytes, option) === kind) return option;
    option += length;
  }
}

/** Writes a question without a checksum: what is the MAC of `target`? Returns where the message ends. */
export function writeSolicitation(
  bytes: Uint8Array,
  at: number,
  target: Uint8Array,
  ownMac: Uint8Array,
): number {
  writeNeighborHead(bytes, at, Type.neighborSolicitation, 0);
  putBytes(bytes, at + targetOffset, target, addressBytes);
  return writeMacOption(bytes, at + optionsOffset, Option.sourceAddress, ownMac);
}

/**
 * Turns a solicitation into an advertisement about its target, without a checksum. Returns where the message ends: the room for
 * {@link neighborMessageBytes} is the caller's matter, as are the addresses of IP.
 *
 * @param flags Bits of {@link AdvertisementFlag}.
 */
export function answerSolicitation(bytes: Uint8Array, at: number, mac: Uint8Array, flags: number): number {
  writeNeighborHead(bytes, at, Type.neighborAdvertisement, flags);
  return writeMacOption(bytes, at + optionsOffset, Option.targetAddress, mac);
}

function writeNeighborHead(bytes: Uint8Array, at: number, type: number, flags: number): void {
  bytes[at] = type;
  bytes[at + 1] = 0;
  put16(bytes, at + 2, 0);
  put32(bytes, at + 4, flags << 24);
}

function writeMacOption(bytes: Uint8Array, at: number, kind: number, mac: Uint8Array): number {
  bytes[at] = kind;
  bytes[at + 1] = 1; // eight bytes, with these two
  putBytes(bytes, at + 2, mac, macBytes);
  return at + 8;
}
