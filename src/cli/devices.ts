import { Command } from 'commander';
import { printable, printableLine } from '../core/printable.ts';
import {
  type DeviceList,
  type IommuGroup,
  listDevices,
  type NetworkFunction,
  type VirtualFunction,
} from '../devices/index.ts';

const help = `
Examples:
  pmd-bench devices
  pmd-bench devices --json | jq '.devices[] | select(.kind == "pf").vfs[].address'

A line for each network device: address, PCI id, driver, IOMMU group, NUMA node, interfaces. VFs stand below their PF, with
what the PF's driver lets them do. "*" marks what openPort() can open once it is bound to vfio-pci. Reads and changes nothing; only
root sees which process of another user holds a device.

Exit codes:
  0  the devices are shown, also when there are none
  2  the command line is wrong`;

/** `pmd-bench devices`. */
export function devicesCommand(): Command {
  return new Command('devices')
    .description('list NICs, PFs and VFs: drivers, IOMMU groups, what VFs may do, and who holds them')
    .option('--json', 'write one JSON document to stdout, and nothing else')
    .addHelpText('after', help)
    .action(async ({ json }: { json?: true }) => {
      const list = await listDevices();
      process.stdout.write(json ? `${printable(JSON.stringify(list, null, 2))}\n` : formatDevices(list));
    });
}

/** The tree for people. */
export function formatDevices({ devices, iommuGroups }: DeviceList): string {
  const lines = devices.flatMap((device) => {
    const vfs = device.kind === 'pf' ? device.vfs : [];
    const count = device.kind === 'pf' ? [`${vfs.length} of ${device.totalVfs} VFs`] : [];
    const line = [...commonParts(device), ...count, ...(device.kind === 'vf' ? vfParts(device) : [])];
    return [
      line.join('  '),
      ...vfs.map(
        (vf, i) => `${i === vfs.length - 1 ? '└─' : '├─'} ${[...commonParts(vf), ...vfParts(vf)].join('  ')}`,
      ),
    ];
  });
  if (devices.length === 0) lines.push('no network device on the PCI bus');
  if (iommuGroups === 0 && devices.length > 0)
    lines.push('', 'no IOMMU: no device can be given to a program');
  return `${lines.map(printableLine).join('\n')}\n`;
}

function commonParts(device: NetworkFunction): string[] {
  return [
    device.supported ? `${device.address}*` : device.address,
    device.id,
    device.driver ?? 'no driver',
    ...groupParts(device.group, device.address),
    ...(device.numaNode === null ? [] : [`node ${device.numaNode}`]),
    ...device.interfaces.map(({ name, up, carrier, mtu }) => {
      const state = up ? (carrier ? 'up' : 'no link') : 'down';
      return `${name} (${state}, MTU ${mtu})`;
    }),
  ];
}

function groupParts(group: IommuGroup | null, address: string): string[] {
  if (group === null) return [];
  const others = group.members.filter((member) => member.address !== address);
  const shared = others.length === 0 ? '' : ` with ${others.map((member) => member.address).join(', ')}`;
  return [
    `group ${group.number}${group.noIommu ? ' (no IOMMU)' : ''}${shared}`,
    ...group.holders.map(({ pid, name }) => `held by pid ${pid} (${name})`),
  ];
}

function vfParts({ pf, index, settings }: VirtualFunction): string[] {
  if (pf === null) return ['VF, its PF is not visible here'];
  const number = index === null ? [] : [`VF ${index}`];
  if (settings === null) return number;
  const { mac, vlan, spoofCheck, trust, linkState, minRateMbps, maxRateMbps } = settings;
  return [
    ...number,
    `MAC ${mac ?? 'of its own'}`,
    ...(vlan === null ? [] : [`VLAN ${vlan.id}${vlan.protocol === '802.1Q' ? '' : ` (${vlan.protocol})`}`]),
    ...onOff('spoof check', spoofCheck),
    ...onOff('trust', trust),
    ...(linkState === null ? [] : [`link ${linkState}`]),
    ...(minRateMbps === null ? [] : [`at least ${minRateMbps} Mbit/s`]),
    ...(maxRateMbps === null ? [] : [`at most ${maxRateMbps} Mbit/s`]),
  ];
}

function onOff(name: string, setting: boolean | null): string[] {
  return setting === null ? [] : [`${name} ${setting ? 'on' : 'off'}`];
}
