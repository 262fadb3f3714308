import { describe, invalidArgument } from './errors.ts';

const macBytes = 6;

/** A MAC address as text, `02:00:00:00:00:01`. */
export type MacAddress = string;

/** The six bytes of a MAC address. */
export function parseMac(text: MacAddress): Uint8Array {
  if (typeof text !== 'string' || !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) {
    throw invalidArgument(`${describe(text)} is not a MAC address`, 'write it as 02:00:00:00:00:01');
  }
  return Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16));
}

/** The six bytes of an address that a port can have. */
export function parseUnicastMac(text: MacAddress): Uint8Array {
  const bytes = parseMac(text);
  if ((bytes[0]! & 1) === 0 && bytes.some((byte) => byte !== 0)) return bytes;
  throw invalidArgument(
    `${text} is not the address of one port`,
    'the lowest bit of its first byte must be 0, and not all of it',
  );
}

/** The six bytes of an address of a group of ports. */
export function parseMulticastMac(text: MacAddress): Uint8Array {
  const bytes = parseMac(text);
  if ((bytes[0]! & 1) === 1) return bytes;
  throw invalidArgument(`${text} is not a multicast address`, 'the lowest bit of its first byte must be 1');
}

/** The text form of six bytes, in lower case. @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` for anything else. */
export function formatMac(bytes: Uint8Array): MacAddress {
  if (!(bytes instanceof Uint8Array) || bytes.length !== macBytes) {
    const what = bytes instanceof Uint8Array ? `${bytes.length} bytes are` : `${describe(bytes)} is`;
    throw invalidArgument(`${what} no MAC address`, 'pass the six bytes, such as frame.subarray(6, 12)');
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
