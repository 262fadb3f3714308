import { createHash } from 'node:crypto';
import { checkInteger, checkOptions, copyList } from '../core/check.ts';
import { invalidArgument, PmdError } from '../core/errors.ts';
import { formatMac, type MacAddress, parseMac } from '../core/mac.ts';
import { checkPciAddress, devicePath } from './address.ts';
import { type ChangeOptions, carryOut, changeOptions } from './carry-out.ts';
import type { Change, HostCommand } from './change.ts';
import type { Host } from './host.ts';
import { refuseInUse } from './in-use.ts';
import { listDevices } from './list.ts';
import type { PhysicalFunction } from './model.ts';
import { forgetVfs, rememberVfs } from './persist.ts';

/** How {@link setVfs} makes VFs. */
export interface VfsOptions extends ChangeOptions {
  /**
   * MACs for VF 0, VF 1 and so on. Default: a VF without a MAC of the PF's gets one that follows from the PF's MAC, so that it is the same
   * after each boot. An empty list: each VF chooses its own.
   */
  macs?: readonly MacAddress[];
  /** Payload of the PF's frames, in bytes: no VF can have more. Default: leave it. */
  mtu?: number;
  /** true: make them at each boot as well; false: not any more. Default: leave that as it is. */
  persist?: boolean;
}

/** More VFs than any PF has. */
const mostVfs = 65_535;

/**
 * Gives a PF so many VFs, for which the kernel does not look for a driver. Another number of VFs than there are means new ones: those
 * that there are must not be in use, unless forced. Changes nothing where all is so already.
 *
 * @returns what it did.
 * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` when the PF can't have as many, `ERR_PMD_BUSY` when a VF is in use. Then nothing has changed.
 */
export async function setVfs(pf: string, count: number, options: VfsOptions = {}): Promise<HostCommand[]> {
  checkPciAddress(pf);
  checkInteger('count', count, 0, mostVfs);
  const {
    macs: wanted,
    mtu,
    persist,
  } = checkOptions('options', options, [...changeOptions, ...(['macs', 'mtu', 'persist'] as const)]);
  const macs = wanted && copyList('macs', wanted, mostVfs, 'pass a list of MACs').map(checkVfMac);
  if (mtu !== undefined) checkInteger('mtu', mtu, 68, 65535);
  if (macs !== undefined && macs.length > 0 && macs.length !== count)
    throw invalidArgument(`macs has ${macs.length} MACs for ${count} VFs`, 'pass one for each, or none');
  return await carryOut(options, async (host, isForced) => {
    const device = await pfAt(host, pf);
    checkLimits(device, count);
    if (!isForced && device.vfs.length !== count)
      for (const vf of device.vfs) await refuseInUse(host, vf, 'it goes away then');
    const changes = [
      ...(await mtuChanges(host, device, mtu)),
      ...countChanges(device, count),
      ...macChanges(device, count, macs),
      ...(persist === undefined ? [] : memoryChanges(host, pf, persist ? count : 0, mtu, macs)),
    ];
    return { changes, check: () => checkCount(host, pf, count) };
  });
}

function checkVfMac(mac: MacAddress): MacAddress {
  const bytes = parseMac(mac);
  if ((bytes[0]! & 1) === 0 && bytes.some((byte) => byte !== 0)) return formatMac(bytes);
  throw invalidArgument(
    `the MAC ${mac} is that of no device`,
    'use one whose first byte is even, not all zero',
  );
}

async function pfAt(host: Host, address: string): Promise<PhysicalFunction> {
  const found = (await listDevices(host)).devices.find((device) => device.address === address);
  if (found?.kind === 'pf') return found;
  const exists = host.text(`${devicePath(address)}/vendor`) !== undefined;
  if (!exists)
    throw new PmdError('ERR_PMD_NO_DEVICE', `there is no PCI device ${address}`, {
      hint: '`pmd-bench devices` lists what there is',
    });
  throw new PmdError('ERR_PMD_UNSUPPORTED_DEVICE', `${address} can have no VFs`, {
    hint: 'name a PF: `pmd-bench devices` shows how many VFs each can have; SR-IOV may be off in the firmware',
  });
}

function checkLimits({ address, totalVfs, driver }: PhysicalFunction, count: number): void {
  if (count > totalVfs)
    throw invalidArgument(
      `${address} can have ${totalVfs} VFs at most, and ${count} are asked for`,
      `use 0 to ${totalVfs}`,
    );
  if (driver !== null) return;
  throw new PmdError('ERR_PMD_NOT_BOUND', `${address} has no driver, and so nobody makes VFs`, {
    hint: `give it its driver: echo ${address} | sudo tee /sys/bus/pci/drivers_probe`,
  });
}

async function mtuChanges(host: Host, pf: PhysicalFunction, mtu: number | undefined): Promise<Change[]> {
  if (mtu === undefined) return [];
  const name = interfaceOf(pf);
  const known = (await host.interfaces()).find((one) => one.name === name);
  if (known?.maxMtu && mtu > known.maxMtu)
    throw invalidArgument(
      `${name} takes an MTU of ${known.maxMtu} at most, and ${mtu} is asked for`,
      'use less',
    );
  if (known?.mtu === mtu) return [];
  const set = (value: number) => ({ program: ['ip', 'link', 'set', 'dev', name, 'mtu', `${value}`] });
  return [{ command: set(mtu), ...(known === undefined ? {} : { undo: [set(known.mtu)] }) }];
}

function interfaceOf({ address, interfaces }: PhysicalFunction): string {
  const [first] = interfaces;
  if (first !== undefined) return first.name;
  throw new PmdError('ERR_PMD_NO_DEVICE', `${address} has no network interface here`, {
    hint: 'run it in the network namespace of the interface',
  });
}

function countChanges({ address, vfs, autoprobe }: PhysicalFunction, count: number): Change[] {
  const path = devicePath(address);
  const write = (name: string, text: string) => ({ path: `${path}/${name}`, text });
  const before = vfs.length;
  const changes: Change[] = [];
  if (autoprobe && count > 0)
    changes.push({
      command: write('sriov_drivers_autoprobe', '0'),
      undo: [write('sriov_drivers_autoprobe', '1')],
    });
  // The kernel wants 0 in between.
  if (before !== count && before > 0)
    changes.push({ command: write('sriov_numvfs', '0'), undo: [write('sriov_numvfs', `${before}`)] });
  if (before !== count && count > 0)
    changes.push({ command: write('sriov_numvfs', `${count}`), undo: [write('sriov_numvfs', '0')] });
  if (!autoprobe && count === 0) changes.push({ command: write('sriov_drivers_autoprobe', '1') });
  return changes;
}

function macChanges(pf: PhysicalFunction, count: number, macs: MacAddress[] | undefined): Change[] {
  if (macs?.length === 0 || (macs === undefined && pf.interfaces.length === 0) || count === 0) return [];
  const name = interfaceOf(pf);
  const areNew = pf.vfs.length !== count;
  return Array.from({ length: count }, (_, index) => {
    const now = areNew ? null : (pf.vfs[index]?.settings?.mac ?? null);
    const wanted = macs?.[index] ?? now ?? stableMac(pf.interfaces[0]!.mac, index);
    const set = (mac: MacAddress) => ({
      program: ['ip', 'link', 'set', 'dev', name, 'vf', `${index}`, 'mac', mac],
    });
    return wanted === now ? [] : [{ command: set(wanted), undo: [set(now ?? '00:00:00:00:00:00')] }];
  }).flat();
}

/** A MAC of nobody's that is the same each time. */
function stableMac(pf: MacAddress, index: number): MacAddress {
  const bytes = createHash('sha256').update(`${pf} ${index}`).digest().subarray(0, 6);
  bytes[0] = (bytes[0]! & 0xfc) | 2; // administered locally, of one device
  return formatMac(bytes);
}

function memoryChanges(
  host: Host,
  pf: string,
  count: number,
  mtu: number | undefined,
  macs: MacAddress[] | undefined,
): Change[] {
  if (count === 0) return forgetVfs(host, pf);
  return rememberVfs(host, pf, [
    `${count}`,
    ...(mtu === undefined ? [] : ['--mtu', `${mtu}`]),
    ...(macs?.length === 0 ? ['--no-macs'] : (macs ?? []).flatMap((mac) => ['--mac', mac])),
  ]);
}

function checkCount(host: Host, pf: string, count: number): void {
  const made = host.names(devicePath(pf)).filter((name) => /^virtfn\d+$/.test(name)).length;
  if (made === count) return;
  throw new PmdError('ERR_PMD_NO_DEVICE', `${pf} has ${made} VFs, and was to have ${count}`, {
    hint: 'look for the reason in `sudo dmesg`',
  });
}
