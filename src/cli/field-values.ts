import { InvalidArgumentError } from 'commander';
import { parseMac } from '../core/mac.ts';
import * as ipv4 from '../net/ipv4.ts';
import * as ipv6 from '../net/ipv6.ts';
import { put32 } from '../net/words.ts';
import { type Field, type FieldName, fieldNames } from '../traffic/fields.ts';

export const fieldForms = 'NAME=VALUE, NAME=FIRST-LAST (counting up) or NAME=random:FIRST-LAST';

const mostNumbers: Partial<Record<FieldName, number>> = {
  vlan: 4095,
  ttl: 255,
  'src-port': 65535,
  'dst-port': 65535,
};

/** Collects fields of an option that is repeated: `src-ip=10.0.0.1-10.0.0.99`, `dst-port=random:1024-65535`. */
export function collectField(text: string, previous: Field[] = []): Field[] {
  const match = /^([a-z-]+)=(random:)?([^-]+)(?:-([^-]+))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError(`Write ${fieldForms}.`);
  const [, name, random, firstText, lastText = firstText] = match;
  if (!isFieldName(name!)) throw new InvalidArgumentError(`A field is one of ${fieldNames.join(', ')}.`);
  if (previous.some((field) => field.name === name)) throw new InvalidArgumentError(`Set ${name} once.`);
  const first = bytesOf(name, firstText!);
  const last = bytesOf(name, lastText!);
  return [...previous, { name, first, count: countOf(first, last), random: random !== undefined }];
}

function isFieldName(name: string): name is FieldName {
  return (fieldNames as readonly string[]).includes(name);
}

function bytesOf(name: FieldName, text: string): Uint8Array {
  if (name.endsWith('-mac')) return macBytes(text);
  if (name.endsWith('-ip')) return ipBytes(text);
  const value = Number(text);
  const most = mostNumbers[name]!;
  if (!/^\d+$/.test(text) || value > most) throw new InvalidArgumentError(`Use 0 to ${most} for ${name}.`);
  return name === 'ttl' ? Uint8Array.of(value) : Uint8Array.of(value >> 8, value & 0xff);
}

function macBytes(text: string): Uint8Array {
  try {
    return parseMac(text);
  } catch {
    throw new InvalidArgumentError('Write a MAC as 02:00:00:00:00:01.');
  }
}

/** Collects IP addresses of an option that is repeated. */
export function collectIp(
  text: string,
  previous: { text: string; bytes: Uint8Array }[] = [],
): { text: string; bytes: Uint8Array }[] {
  return [...previous, { text, bytes: ipBytes(text) }];
}

function ipBytes(text: string): Uint8Array {
  try {
    return text.includes(':') ? ipv6.parseAddress(text) : ipv4Bytes(text);
  } catch {
    throw new InvalidArgumentError('Write an IP address.');
  }
}

function ipv4Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(4);
  put32(bytes, 0, ipv4.parseAddress(text));
  return bytes;
}

/** How many values from the first to the last. */
function countOf(first: Uint8Array, last: Uint8Array): number {
  const low = Math.max(0, first.length - 4);
  const isNear = first.length === last.length && first.subarray(0, low).every((byte, i) => byte === last[i]);
  const value = (bytes: Uint8Array) => bytes.subarray(low).reduce((sum, byte) => sum * 256 + byte, 0);
  const count = value(last) - value(first) + 1;
  if (isNear && count >= 1) return count;
  throw new InvalidArgumentError(
    'A range ends at or after its first value, and only its last 4 bytes differ.',
  );
}
