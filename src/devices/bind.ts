import { checkOptions } from '../core/check.ts';
import { findObstacles } from '../core/diagnose.ts';
import { PmdError, type PmdErrorCode } from '../core/errors.ts';
import { checkPciAddress, devicePath } from './address.ts';
import { type ChangeOptions, carryOut, changeOptions, type Plan } from './carry-out.ts';
import type { Change, HostCommand } from './change.ts';
import {
  isLoaded,
  isVfioDriver,
  overrideCommand,
  overrideOf,
  probeCommand,
  unbindCommand,
} from './drivers.ts';
import { fromObstacle, stepLine } from './finding.ts';
import type { Host } from './host.ts';
import { refuseInUse } from './in-use.ts';
import { listDevices } from './list.ts';
import type { DeviceList, NetworkFunction } from './model.ts';
import { checkOwner, hasOwner } from './owner.ts';
import { forgetBinding, rememberBinding } from './persist.ts';

/** How {@link bindDevice} binds. */
export interface BindOptions extends ChangeOptions {
  /** Who may open the device: `USER`, `USER:GROUP` or `:GROUP`, by name or number. Default: as the kernel has it, root. */
  owner?: string;
  /** true: bind it at each boot as well; false: not any more. Default: leave that as it is. */
  persist?: boolean;
}

/** How {@link unbindDevice} unbinds. */
export interface UnbindOptions extends ChangeOptions {
  /** false: do not bind it at the next boot. Default: leave that as it is. */
  persist?: false;
}

/**
 * Gives a network function to vfio-pci, so that a program can open it. A device that is in use is refused, unless forced. Changes nothing
 * where all is so already, and completes what a run that was killed has begun.
 *
 * @returns what it did.
 * @throws {PmdError} `ERR_PMD_BUSY` when it is in use, and the code that `openPort` would have when it could not be opened
 *   even so: without an IOMMU, for instance. Then nothing has changed.
 */
export async function bindDevice(address: string, options: BindOptions = {}): Promise<HostCommand[]> {
  checkPciAddress(address);
  const { owner, persist } = checkOptions('options', options, [...changeOptions, 'owner', 'persist']);
  if (owner !== undefined) checkOwner(owner);
  return await carryOut(options, async (host, isForced) => {
    const device = functionAt(host, await listDevices(host), address);
    await refuseHopeless(host, device, isForced);
    const changes = isVfioDriver(device.driver) ? [] : await bindChanges(host, device, isForced);
    if (owner !== undefined) changes.push(...ownerChanges(host, device, owner));
    if (persist !== undefined)
      changes.push(...(persist ? rememberBinding(host, address, owner) : forgetBinding(host, address)));
    return { changes, check: () => checkDriver(host, address) };
  });
}

/**
 * Takes a device from vfio-pci and lets the kernel look for a driver, as it would have without {@link bindDevice}. A device that a
 * process has open is refused, unless forced. Changes nothing where all is so already.
 *
 * @returns what it did.
 */
export async function unbindDevice(address: string, options: UnbindOptions = {}): Promise<HostCommand[]> {
  checkPciAddress(address);
  const { persist } = checkOptions('options', options, [...changeOptions, 'persist']);
  return await carryOut(options, async (host, isForced): Promise<Plan> => {
    const list = await listDevices(host);
    const device = functionAt(host, list, address);
    if (!isForced && isVfioDriver(device.driver))
      await refuseInUse(host, device, 'the kernel then waits until the process closes it');
    const changes = unbindChanges(host, device, isProbed(list, address));
    if (persist === false) changes.push(...forgetBinding(host, address));
    return { changes };
  });
}

type AnyFunction = DeviceList['devices'][number];

function functionAt(host: Host, { devices }: DeviceList, address: string): NetworkFunction {
  const all = devices.flatMap((device): AnyFunction[] =>
    device.kind === 'pf' ? [device, ...device.vfs] : [device],
  );
  const found = all.find((device) => device.address === address);
  if (found?.kind === 'pf')
    throw new PmdError('ERR_PMD_UNSUPPORTED_DEVICE', `${address} is a physical function`, {
      hint: 'the PF stays with the kernel: bind one of its VFs; `pmd-bench vfs` makes some',
    });
  if (found !== undefined) return found;
  if (host.text(`${devicePath(address)}/vendor`) === undefined)
    throw new PmdError('ERR_PMD_NO_DEVICE', `there is no PCI device ${address}`, {
      hint: '`pmd-bench devices` lists what there is',
    });
  throw new PmdError('ERR_PMD_UNSUPPORTED_DEVICE', `${address} is no network device`, {
    hint: '`pmd-bench devices` lists those',
  });
}

/** What binding does not cure. */
const hopeless = ['device-silent', 'no-iommu', 'no-iommu-mode', 'fixed-mapping'];

async function refuseHopeless(host: Host, device: NetworkFunction, isForced: boolean): Promise<void> {
  const [obstacle] = (await findObstacles(device.address, host.root, 0)).filter(({ id }) =>
    hopeless.includes(id),
  );
  if (obstacle !== undefined) {
    const hint = fromObstacle(obstacle).steps.map(stepLine).join('; ');
    throw new PmdError(obstacle.code as PmdErrorCode, obstacle.evidence, { hint });
  }
  const override = overrideOf(host, device.address);
  if (override === '' || isVfioDriver(override) || isForced) return;
  throw new PmdError('ERR_PMD_BUSY', `${device.address} is set aside for the driver ${override}`, {
    hint: 'something wrote that to driver_override: undo it there, or force it',
  });
}

async function bindChanges(host: Host, device: NetworkFunction, isForced: boolean): Promise<Change[]> {
  const { address, driver } = device;
  if (!isForced) await refuseInUse(host, device, 'its network connections end then');
  const changes: Change[] = [];
  if (!isLoaded(host, 'vfio-pci')) changes.push({ command: { program: ['modprobe', 'vfio-pci'] } });
  const before = overrideOf(host, address);
  changes.push({
    command: overrideCommand(address, 'vfio-pci'),
    undo: [overrideCommand(address, before), probeCommand(address)],
  });
  if (driver !== null) changes.push({ command: unbindCommand(address, driver) });
  changes.push({ command: probeCommand(address), undo: [unbindCommand(address, 'vfio-pci')] });
  return changes;
}

function ownerChanges(host: Host, { group }: NetworkFunction, owner: string): Change[] {
  const node = `/dev/vfio/${group?.number}`;
  if (group === null || hasOwner(host, node, owner)) return [];
  // Its last name is no link's: a link there would be somebody else's.
  return [{ command: { program: ['chown', '--no-dereference', '--', owner, node] } }];
}

/** Whether the kernel looks for a driver for a function: not for VFs of a PF that was told so. */
function isProbed({ devices }: DeviceList, address: string): boolean {
  const pf = devices.find((one) => one.kind === 'pf' && one.vfs.some((vf) => vf.address === address));
  return pf?.kind !== 'pf' || pf.autoprobe;
}

function unbindChanges(host: Host, { address, driver }: NetworkFunction, probes: boolean): Change[] {
  const override = overrideOf(host, address);
  const isOurs = isVfioDriver(override);
  const isBound = driver !== null && isVfioDriver(driver);
  const changes: Change[] = [];
  if (isOurs)
    changes.push({
      command: overrideCommand(address, ''),
      undo: [overrideCommand(address, override), ...(isBound ? [probeCommand(address)] : [])],
    });
  if (isBound) changes.push({ command: unbindCommand(address, driver) });
  // One without a driver may be what a run that was killed has left.
  if (probes && (isBound || driver === null)) changes.push({ command: probeCommand(address) });
  return changes;
}

function checkDriver(host: Host, address: string): void {
  const driver = host.linkName(`${devicePath(address)}/driver`) ?? null;
  if (isVfioDriver(driver)) return;
  throw new PmdError('ERR_PMD_NOT_BOUND', `vfio-pci did not take ${address}`, {
    hint: 'look for the reason in `sudo dmesg`',
  });
}
