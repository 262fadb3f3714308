import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { untilSeen } from '../../support/until.ts';

const devices = '/sys/bus/pci/devices';
const drivers = '/sys/bus/pci/drivers';
const slots = '/sys/bus/pci/slots';
const execute = promisify(execFile);

/** The physical function of the guest and its VFs, as their administrator handles them. */
export class Nic {
  static #ofGuest: Nic | undefined;
  readonly pf: string;
  readonly #index: number;

  constructor(pf: string, index = 0) {
    this.pf = pf;
    this.#index = index;
  }

  /** The NIC whose VFs the lab has made. */
  static ofGuest(): Nic {
    // Once: a test may have taken the VF away.
    Nic.#ofGuest ??= new Nic(basename(readlinkSync(`${devices}/${process.env['VF0']}/physfn`)));
    return Nic.#ofGuest;
  }

  /** The name of the PF's network interface. */
  get interface(): string {
    return interfaceOf(this.pf);
  }

  get mac(): string {
    return readFileSync(`/sys/class/net/${this.interface}/address`, 'utf8').trim();
  }

  /** The address of VF `n`. */
  vf(n: number): string {
    return basename(readlinkSync(`${devices}/${this.pf}/virtfn${n}`));
  }

  vfMac(n: number): string {
    return `52:54:00:00:0${this.#index}:1${n}`;
  }

  async ip(...args: string[]): Promise<void> {
    await execute('ip', args);
  }

  async up(): Promise<void> {
    await this.ip('link', 'set', this.interface, 'up');
    await this.carrier();
  }

  async down(): Promise<void> {
    await this.ip('link', 'set', this.interface, 'down');
  }

  async carrier(): Promise<void> {
    await untilSeen("the PF's carrier", () => this.hasCarrier());
  }

  hasCarrier(): boolean {
    try {
      return readFileSync(`/sys/class/net/${this.interface}/carrier`, 'utf8').trim() === '1';
    } catch {
      return false; // EINVAL while the interface is down
    }
  }

  /** Assigns VF `n` a MAC; null takes it back. */
  async assignMac(n: number, mac: string | null): Promise<void> {
    await this.ip('link', 'set', this.interface, 'vf', `${n}`, 'mac', mac ?? '00:00:00:00:00:00');
  }

  /** Gives each VF that there is the MAC that the lab would. */
  async assignMacs(): Promise<void> {
    for (let n = 0; existsSync(`${devices}/${this.pf}/virtfn${n}`); n++)
      await this.assignMac(n, this.vfMac(n));
  }

  async setVfs(count: number): Promise<void> {
    await writeFile(`${devices}/${this.pf}/sriov_numvfs`, `${count}`);
  }

  /** Makes VFs, gives each its MAC and binds it to vfio-pci. */
  async makeVfs(count: number): Promise<void> {
    await writeFile('/sys/bus/pci/drivers_autoprobe', '0'); // Linux's igbvf must not take them
    await this.setVfs(count);
    await writeFile('/sys/bus/pci/drivers_autoprobe', '1');
    for (let n = 0; n < count; n++) {
      await this.assignMac(n, this.vfMac(n));
      await bind(this.vf(n), 'vfio-pci');
    }
  }

  /** What a plugged-in NIC, or one whose driver was gone, needs before its VFs can be opened. */
  async prepare(vfs: number): Promise<void> {
    const net = `${devices}/${this.pf}/net`;
    await untilSeen("the PF's network interface", () => existsSync(net) && readdirSync(net).length > 0);
    await this.up();
    await this.makeVfs(vfs);
  }
}

/** The name of a function's network interface. */
export function interfaceOf(address: string): string {
  const [name] = readdirSync(`${devices}/${address}/net`);
  if (name === undefined) throw new Error(`${address} has no network interface`);
  return name;
}

/** The name of a device's driver; empty when it has none. */
export function driverOf(address: string): string {
  const link = `${devices}/${address}/driver`;
  return existsSync(link) ? basename(readlinkSync(link)) : '';
}

/** Takes a device from its driver, if it has one. */
export async function unbind(address: string): Promise<void> {
  const driver = driverOf(address);
  if (driver !== '') await writeFile(`${drivers}/${driver}/unbind`, address);
}

/** Gives a device to a driver; with vfio-pci it can be opened afterwards. */
export async function bind(address: string, driver: string): Promise<void> {
  await unbind(address);
  await writeFile(`${devices}/${address}/driver_override`, driver);
  await writeFile(`${drivers}/${driver}/bind`, address);
  if (driver === 'vfio-pci') await untilSeen(`the node of ${address}`, () => existsSync(groupNode(address)));
}

/** The node that a program opens. */
export function groupNode(address: string): string {
  return `/dev/vfio/${basename(readlinkSync(`${devices}/${address}/iommu_group`))}`;
}

/** Switches off the power of the slot that a function's card is in. */
export async function powerOff(address: string): Promise<void> {
  const card = address.replace(/\.\d$/, '');
  const slot = readdirSync(slots).find(
    (name) => readFileSync(`${slots}/${name}/address`, 'utf8').trim() === card,
  );
  if (slot === undefined) throw new Error(`${address} is in no slot that can be switched off`);
  await writeFile(`${slots}/${slot}/power`, '0');
}

/** Makes the kernel reset a function. */
export async function resetFunction(address: string): Promise<void> {
  await writeFile(`${devices}/${address}/reset`, '1');
}
