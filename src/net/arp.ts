import { EtherType } from './ethernet.ts';
import * as words from './words.ts';

const { get16, get32, put16, put32, putBytes, swapBytes } = words;

/** Bytes of a message about IPv4 over Ethernet; the rest of its frame is padding. */
export const messageBytes = 28;
/** Where its addresses stand in it. */
export const senderMacOffset = 8;
export const senderIpOffset = 14;
export const targetMacOffset = 18;
export const targetIpOffset = 24;

export const Operation = { request: 1, reply: 2 } as const;

const macBytes = 6;
const ethernetHardware = 1;
const addressLengths = 0x0604; // a MAC's bytes, an IPv4 address's bytes

/** Bytes of the message at `at`: 28, or 0 when none about IPv4 over Ethernet is whole before `end`. */
export function messageLength(bytes: Uint8Array, at: number, end: number): number {
  const isWhole =
    end - at >= messageBytes &&
    get16(bytes, at) === ethernetHardware &&
    get16(bytes, at + 2) === EtherType.ipv4 &&
    get16(bytes, at + 4) === addressLengths;
  return isWhole ? messageBytes : 0;
}

export function operation(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 6);
}

/** The IPv4 address of who asks or answers, 32 bits that may be negative. */
export function senderIp(bytes: Uint8Array, at: number): number {
  return get32(bytes, at + senderIpOffset);
}

/** The IPv4 address that is asked about, or who is answered, 32 bits that may be negative. */
export function targetIp(bytes: Uint8Array, at: number): number {
  return get32(bytes, at + targetIpOffset);
}

/** Writes a question: who has `targetIp`? Returns where it ends. */
export function writeRequest(
  bytes: Uint8Array,
  at: number,
  senderMac: Uint8Array,
  senderIp: number,
  targetIp: number,
): number {
  put16(bytes, at, ethernetHardware);
  put16(bytes, at + 2, EtherType.ipv4);
  put16(bytes, at + 4, addressLengths);
  put16(bytes, at + 6, Operation.request);
  putBytes(bytes, at + senderMacOffset, senderMac, macBytes);
  put32(bytes, at + senderIpOffset, senderIp);
  put32(bytes, at + targetMacOffset, 0);
  put16(bytes, at + targetMacOffset + 4, 0);
  put32(bytes, at + targetIpOffset, targetIp);
  return at + messageBytes;
}

/** Turns a request into the reply of the station that has its target address, and this MAC. */
export function answer(bytes: Uint8Array, at: number, mac: Uint8Array): void {
  put16(bytes, at + 6, Operation.reply);
  // The addresses of who asked become the target's: MAC and IP stand side by side.
  swapBytes(bytes, at + senderMacOffset, at + targetMacOffset, macBytes + 4);
  putBytes(bytes, at + senderMacOffset, mac, macBytes);
}
