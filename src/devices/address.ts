import { describe, PmdError } from '../core/errors.ts';

const form = /^[\da-f]{4,8}:[\da-f]{2}:[01][\da-f]\.[0-7]$/;

/** Whether text is the address of a PCI function as sysfs spells it, and so safe in a path. */
export function isPciAddress(text: string | undefined): text is string {
  return text !== undefined && form.test(text);
}

/** Refuses what is no PCI address. */
export function checkPciAddress(text: unknown): string {
  if (typeof text === 'string' && isPciAddress(text)) return text;
  throw new PmdError('ERR_PMD_ADDRESS', `${describe(text)} is not a PCI address`, {
    hint: 'write it as `lspci -D` prints it, in lower case: 0000:01:10.0',
  });
}

/** Where sysfs has a PCI function. */
export function devicePath(address: string): string {
  return `/sys/bus/pci/devices/${address}`;
}
