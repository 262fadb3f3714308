import { devicePath } from './address.ts';
import type { Host } from './host.ts';

const drivers = '/sys/bus/pci/drivers';

/** Whether this is vfio-pci or one of the kernel's variants of it. */
export function isVfioDriver(driver: string | null): boolean {
  return driver !== null && /(^|[-_])vfio[-_]pci$/.test(driver);
}

/** What takes a device from its driver. */
export function unbindCommand(address: string, driver: string) {
  return { path: `${drivers}/${driver}/unbind`, text: address };
}

/** What has the kernel look for a driver for a device: the one that the override names. */
export function probeCommand(address: string) {
  return { path: '/sys/bus/pci/drivers_probe', text: address };
}

/** What names the only driver that a device may get; an empty line: any. */
export function overrideCommand(address: string, driver: string) {
  return { path: `${devicePath(address)}/driver_override`, text: driver === '' ? '\n' : driver };
}

/** The only driver that a device may get; '': any. */
export function overrideOf(host: Host, address: string): string {
  const text = host.text(`${devicePath(address)}/driver_override`) ?? '';
  return text === '(null)' ? '' : text;
}

export function isLoaded(host: Host, driver: string): boolean {
  return host.names(drivers).includes(driver);
}
