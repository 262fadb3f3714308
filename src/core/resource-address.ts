import { describe, PmdError } from './errors.ts';

const scheme = 'env:';

/** How the name of a resource differs from that of its variable: `intel.com/i350_vf` is PCIDEVICE_INTEL_COM_I350_VF. */
function plain(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

/** The PCI addresses that Kubernetes' SR-IOV device plugin handed out, by the variable of the environment that has them. */
export function handedOut(environment: Readonly<Record<string, string | undefined>>): Map<string, string[]> {
  const names = Object.keys(environment).filter(
    (name) => /^PCIDEVICE_./.test(name) && !name.endsWith('_INFO'),
  );
  return new Map(
    names.sort().map((name) => [name, environment[name]!.split(',').filter((one) => one !== '')]),
  );
}

/**
 * The PCI address that an address of the form `env:RESOURCE` or `env:RESOURCE,index=N` stands for; any other address as it is.
 *
 * @throws {PmdError} `ERR_PMD_ADDRESS` when the environment has no such resource, or more devices than one of it.
 */
export function resolveResource(
  address: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (!address.startsWith(scheme)) return address;
  const [, resource, index] = /^env:([^,]+)(?:,index=(\d{1,4}))?$/.exec(address) ?? [];
  if (resource === undefined) throw refuse(address, 'write env:RESOURCE or env:RESOURCE,index=N');
  const resources = handedOut(environment);
  const devices = [...resources].find(([name]) => plain(name) === `PCIDEVICE_${plain(resource)}`)?.[1];
  if (devices === undefined || devices.length === 0) throw refuse(address, existing(resources));
  if (index === undefined && devices.length > 1)
    throw refuse(
      address,
      `it has ${devices.length} devices: open each, from env:${resource},index=0 to env:${resource},index=${devices.length - 1}`,
    );
  const device = devices[Number(index ?? 0)];
  if (device === undefined) throw refuse(address, `it has ${devices.length} devices, which count from 0`);
  return device;
}

function existing(resources: Map<string, string[]>): string {
  if (resources.size === 0)
    return 'the environment has no variable PCIDEVICE_…: only a pod that asks for a resource of the SR-IOV device plugin has one';
  return `the environment has ${[...resources.keys()].map((name) => name.replace('PCIDEVICE_', scheme)).join(', ')}`;
}

function refuse(address: string, hint: string): PmdError {
  return new PmdError('ERR_PMD_ADDRESS', `${describe(address)} names no device`, { hint });
}
