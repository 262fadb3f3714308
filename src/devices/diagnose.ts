import { checkInteger, checkOptions } from '../core/check.ts';
import { findObstacles, supportedDevices } from '../core/diagnose.ts';
import { checkPciAddress, devicePath } from './address.ts';
import { isVfioDriver } from './drivers.ts';
import { type Finding, fromObstacle } from './finding.ts';
import { checkFunction } from './function-checks.ts';
import { Host } from './host.ts';
import { checkResources, resourcesOf } from './kubernetes.ts';
import { listDevices } from './list.ts';
import { checkMachine, checkNode } from './machine-checks.ts';
import type { DeviceList, PhysicalFunction, VirtualFunction } from './model.ts';

/** How {@link diagnose} looks. */
export interface DiagnoseOptions {
  /** The machine; default: this one. */
  host?: Host;
  /** Payload of the frames that are to be sent and received, in bytes. Default 1500. */
  mtu?: number;
  /** Bytes of packet memory that a port is to have. Default 4 MiB, about what `openPort` takes without a pool. */
  poolBytes?: number;
}

/** What {@link diagnose} found: what `pmd-bench doctor --json` writes. */
export interface Diagnosis {
  schema: 'pmd-bench-doctor/1';
  /** PCI addresses of the devices that were looked at. */
  devices: string[];
  /** What to put right first comes first. */
  findings: Finding[];
  /** No finding is an error: frames can flow. */
  healthy: boolean;
}

const defaultPoolBytes = 4 << 20;
const order = ['error', 'warning', 'note'];

/**
 * Looks for all that keeps frames from flowing, or makes them slow. Of an address, what `openPort(address)` would fail with is
 * there as well. Without one it looks at the VFs that Kubernetes handed out, or those bound to vfio-pci, or else at the first VF. It changes
 * and opens nothing, and needs no privilege: it looks through the eyes of this process.
 */
export async function diagnose(address?: string, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const checked = checkOptions('options', options, ['host', 'mtu', 'poolBytes'] as const);
  const { host = new Host(), mtu = 1500, poolBytes = defaultPoolBytes } = checked;
  checkInteger('mtu', mtu, 68, 65535);
  checkInteger('poolBytes', poolBytes, 0, 2 ** 32 - 1);
  if (address !== undefined) checkPciAddress(address);
  const list = await listDevices(host);
  const devices = address === undefined ? candidates(host, list) : [address];
  const perDevice = await Promise.all(devices.map((one) => examine(host, list, one, mtu, poolBytes)));
  // Without an address, one device that works is enough.
  const isOneFine = address === undefined && perDevice.some((findings) => !findings.some(isError));
  const about = eachCureOnce(perDevice.flat()).map((finding) =>
    isOneFine && isError(finding) ? lowered(finding) : finding,
  );
  const missing = address === undefined && devices.length === 0 ? [nothingToOpen(host, list)] : [];
  const machine = checkMachine(host);
  const all = [...missing, ...about, ...checkResources(host), ...machine].map((one) => shownOf(host, one));
  const findings = all.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  return { schema: 'pmd-bench-doctor/1', devices, findings, healthy: !findings.some(isError) };
}

/** What is wrong with the machine is found again for each of its devices. */
function eachCureOnce(findings: readonly Finding[]): Finding[] {
  const cures = new Set<string>();
  return findings.filter(({ id, steps }) => {
    const cure = JSON.stringify([id, steps]);
    if (cures.has(cure)) return false;
    if (steps.length > 0) cures.add(cure);
    return true;
  });
}

const isError = ({ severity }: Finding) => severity === 'error';
const lowered = (finding: Finding): Finding => ({ ...finding, severity: 'warning' });

function candidates(host: Host, list: DeviceList): string[] {
  const handedOut = resourcesOf(host).flatMap(({ addresses }) => addresses);
  if (handedOut.length > 0)
    return handedOut.filter((one) => host.text(`${devicePath(one)}/vendor`) !== undefined);
  const supported = functionsOf(list).filter((vf) => vf.supported);
  const bound = supported.filter(({ driver }) => isVfioDriver(driver));
  return (bound.length > 0 ? bound : supported.slice(0, 1)).map((vf) => vf.address);
}

function functionsOf({ devices }: DeviceList): VirtualFunction[] {
  return devices.flatMap((device) =>
    device.kind === 'pf' ? device.vfs : device.kind === 'vf' ? [device] : [],
  );
}

async function examine(
  host: Host,
  list: DeviceList,
  address: string,
  mtu: number,
  poolBytes: number,
): Promise<Finding[]> {
  const obstacles = await findObstacles(address, host.root, poolBytes);
  const vf = functionsOf(list).find((one) => one.address === address);
  if (vf === undefined) return obstacles.map(fromObstacle);
  const pf = list.devices.find((device) => device.address === vf.pf) as PhysicalFunction | undefined;
  return [
    ...obstacles.map(fromObstacle),
    ...checkFunction(vf, pf, mtu),
    ...checkNode(host, address, vf.numaNode),
  ];
}

/** There is no VF: where to make one, if anywhere. */
function nothingToOpen(host: Host, { devices }: DeviceList): Finding {
  const supported = new Set(supportedDevices());
  const pf = devices.find((device) => device.kind === 'pf' && supported.has(futureId(host, device)));
  const common = {
    severity: 'error',
    subject: pf?.address ?? null,
    code: null,
    fixable: pf !== undefined,
  } as const;
  if (pf === undefined)
    return {
      ...common,
      id: 'no-nic',
      evidence: 'this machine has no network card whose VFs a driver of this package knows',
      why: 'A port needs a device; ports without hardware are emu:, tap:, packet: and pcap:.',
      steps: [{ text: 'try it on emulated VFs: pmd-bench lab run -- pmd-bench doctor', commands: [] }],
    };
  const commands = [{ path: `${host.root}${devicePath(pf.address)}/sriov_numvfs`, text: '2' }];
  return {
    ...common,
    id: 'no-vfs',
    evidence: `${pf.address} can have VFs and has none`,
    why: 'Programs open VFs; the PF stays with the kernel.',
    steps: [{ text: 'make some: ', commands }],
  };
}

/** The PCI id that VFs of a PF have. */
function futureId(host: Host, { address, id }: { address: string; id: string }): string {
  return `${id.slice(0, 4)}:${host.text(`${devicePath(address)}/sriov_vf_device`) ?? ''}`;
}

/** A recorded tree's paths as they are on its machine. */
function shownOf(host: Host, finding: Finding): Finding {
  if (host.root === '') return finding;
  const steps = finding.steps.map(({ text, commands }) => ({
    text: host.shown(text),
    commands: commands.map((command) =>
      'path' in command
        ? { ...command, path: host.shown(command.path) }
        : { program: command.program.map((word) => host.shown(word)) },
    ),
  }));
  return { ...finding, evidence: host.shown(finding.evidence), steps };
}
