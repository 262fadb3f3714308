import { printableLine } from '../core/printable.ts';
import { handedOut } from '../core/resource-address.ts';
import { devicePath, isPciAddress } from './address.ts';
import type { Finding } from './finding.ts';
import type { Host } from './host.ts';

/** A resource that Kubernetes' SR-IOV device plugin handed out. */
export interface Resource {
  /** The variable of the environment. */
  variable: string;
  addresses: string[];
}

/** Resources of the environment: as many as the pod asked for. */
export function resourcesOf({ environment }: Host): Resource[] {
  return [...handedOut(environment)].map(([variable, all]) => ({
    variable,
    addresses: all.filter(isPciAddress),
  }));
}

/** What is wrong with what Kubernetes handed out. */
export function checkResources(host: Host): Finding[] {
  return resourcesOf(host).flatMap(({ variable, addresses }) => {
    const info = checkInfo(host, variable, addresses);
    const absent = addresses.filter((address) => host.text(`${devicePath(address)}/vendor`) === undefined);
    if (addresses.length === 0) return [finding(`${variable} holds no PCI address`)];
    return [
      ...absent.map((address) => finding(`${variable} names ${address}, which is not on this machine`)),
      ...info,
    ];
  });
}

/**
 * What the plugin says of each device, in a second variable, must be so. Its node is under another name in the plugin's README than in its
 * code.
 */
function checkInfo(host: Host, variable: string, addresses: readonly string[]): Finding[] {
  const name = `${variable}_INFO`;
  const text = host.environment[name];
  if (text === undefined) return [];
  const all = parseObject(text);
  if (all === undefined) return [mismatch(`${name} holds no JSON object`)];
  return addresses.flatMap((address) => {
    const { vfio } = objectOf(all[address]);
    const { 'dev-mount': inCode, 'vfio-dev-mount': inReadme } = objectOf(vfio);
    const node = inCode ?? inReadme;
    const group = host.linkName(`${devicePath(address)}/iommu_group`);
    if (typeof node !== 'string' || group === undefined) return [];
    if (node === `/dev/vfio/${group}` || node === `/dev/vfio/noiommu-${group}`) return [];
    const said = printableLine(node).slice(0, 64);
    return [mismatch(`${name} gives ${address} the node ${said}, and here its IOMMU group is ${group}`)];
  });
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function mismatch(evidence: string): Finding {
  return {
    ...finding(evidence),
    id: 'resource-mismatch',
    severity: 'warning',
    why: 'The plugin describes its host: this is another machine, as under Kata, or the address is that of another device.',
    code: null,
  };
}

function finding(evidence: string): Finding {
  return {
    id: 'resource-absent',
    severity: 'error',
    subject: null,
    evidence,
    why: 'What the device plugin handed out must be a device of this node, and visible in /sys.',
    steps: [
      {
        text: 'check the log of the SR-IOV device plugin, and under Kata that the VF reaches the guest',
        commands: [],
      },
    ],
    code: 'ERR_PMD_NO_DEVICE',
    fixable: false,
  };
}
