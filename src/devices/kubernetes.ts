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
    const absent = addresses.filter((address) => host.text(`${devicePath(address)}/vendor`) === undefined);
    if (addresses.length === 0) return [finding(`${variable} holds no PCI address`)];
    return absent.map((address) => finding(`${variable} names ${address}, which is not on this machine`));
  });
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
