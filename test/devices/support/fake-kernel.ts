import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Host, type InterfaceUse, type NetworkInterface } from '../../../src/devices/index.ts';
import type { RecordedHost } from './recorded.ts';

const devices = '/sys/bus/pci/devices';
const drivers = '/sys/bus/pci/drivers';
/** Of the first VF of the kernel's of which nothing else says the group. */
const firstGroup = 200;

/** What ends a run as SIGKILL would: nothing of the library may run after it. */
export class Killed extends Error {}

/**
 * A recorded machine that takes commands: what is written to its /sys has the effects that it has on a kernel's, as far as drivers, VFs
 * and huge pages go. `killAt` ends it before or after the command of that number, and all that come later.
 */
export class FakeKernel extends Host {
  readonly programs: string[][] = [];
  uses_: InterfaceUse[] = [];
  /** How many huge pages there is memory for. */
  mostPages = 1000;
  /** Drivers that take no device. */
  readonly refusing = new Set<string>();
  killAt = Number.POSITIVE_INFINITY;
  commands = 0;
  readonly #recorded: RecordedHost;

  constructor(recorded: RecordedHost) {
    super({
      root: recorded.root,
      interfaces: () => recorded.host.interfaces(),
      uses: async () => this.uses_,
      environment: {},
    });
    this.#recorded = recorded;
    this.#file(`${drivers}_probe`);
    for (const address of this.names(devices)) this.#complete(address);
    for (const name of ['vfio-pci', 'igbvf', 'igb', 'nvme']) this.#driver(name);
  }

  override async write(path: string, text: string): Promise<void> {
    await this.#step(async () => {
      await super.write(path, text);
      this.#react(path, text.trim());
    });
  }

  override async run(program: readonly string[]): Promise<void> {
    await this.#step(() => this.#program([...program]));
  }

  async #step(work: () => void | Promise<void>): Promise<void> {
    const isLast = () => this.commands >= this.killAt;
    if (isLast()) throw new Killed();
    this.commands += 0.5;
    if (isLast()) throw new Killed();
    await work();
    this.commands += 0.5;
    if (isLast()) throw new Killed();
  }

  async #program(program: string[]): Promise<void> {
    this.programs.push(program);
    const [name, , , , link, what, ...rest] = program as [string, ...string[]];
    if (name !== 'ip') return;
    const known = (await this.interfaces()).find((one) => one.name === link) as NetworkInterface;
    if (what === 'mtu') known.mtu = Number(rest[0]);
    const [index, , mac] = rest;
    const vf = known.functions.find((one) => one.index === Number(index));
    if (what !== 'vf') return;
    if (vf === undefined) throw new Error('RTNETLINK answers: Invalid argument');
    vf.mac = mac === '00:00:00:00:00:00' ? null : mac!;
  }

  #file(path: string, text = ''): void {
    writeFileSync(join(this.root, path), text);
  }

  /** What a recorded device has no file of, because nobody reads it. */
  #complete(address: string): void {
    const path = `${devices}/${address}`;
    if (this.text(`${path}/driver_override`) === undefined) this.#file(`${path}/driver_override`, '(null)\n');
    if (this.text(`${path}/sriov_totalvfs`) === undefined) return;
    this.#file(`${path}/sriov_numvfs`, `${this.#vfs(address).length}\n`);
    if (this.text(`${path}/sriov_drivers_autoprobe`) === undefined)
      this.#file(`${path}/sriov_drivers_autoprobe`, '1\n');
  }

  #driver(name: string): void {
    mkdirSync(join(this.root, drivers, name), { recursive: true });
    for (const file of ['bind', 'unbind']) this.#file(`${drivers}/${name}/${file}`);
  }

  #react(path: string, text: string): void {
    this.#file(path, `${text}\n`);
    const name = basename(path);
    const owner = basename(join(path, '..'));
    if (name === 'driver_override') this.#file(path, `${text || '(null)'}\n`);
    if (name === 'sriov_numvfs') this.#setVfs(owner, Number(text));
    if (name === 'unbind') this.#unbind(owner, text);
    if (name === 'drivers_probe') this.#probe(text);
    if (name === 'nr_hugepages') this.#file(path, `${Math.min(Number(text), this.mostPages)}\n`);
  }

  #vfs(pf: string): string[] {
    return this.names(`${devices}/${pf}`).filter((name) => /^virtfn\d+$/.test(name));
  }

  #setVfs(pf: string, count: number): void {
    const before = this.#vfs(pf);
    if (count > 0 && before.length > 0) throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
    for (const link of before) this.#removeVf(pf, link);
    for (let index = 0; index < count; index++) this.#addVf(pf, index);
  }

  #addVf(pf: string, index: number): void {
    const address = pf.replace(/00\.(\d)$/, (_, port) => `1${index >> 1}.${Number(port) + 4 * (index & 1)}`);
    const id = `${this.text(`${devices}/${pf}/vendor`)}:${this.text(`${devices}/${pf}/sriov_vf_device`)}`;
    const group = firstGroup + index;
    this.#recorded.add(`pci ${address} ${id.replace('0x', '')} 020000 group=${group} physfn=${pf}/${index}`);
    const [name] = this.names(`${devices}/${pf}/net`);
    this.#recorded.add(`vf ${name} ${index} spoof=on trust=off link=auto`);
    this.#complete(address);
    if (this.text(`${devices}/${pf}/sriov_drivers_autoprobe`) === '1') this.#probe(address);
  }

  #removeVf(pf: string, link: string): void {
    const address = this.linkName(`${devices}/${pf}/${link}`)!;
    const group = this.linkName(`${devices}/${address}/iommu_group`)!;
    for (const path of [
      `${devices}/${address}`,
      `${devices}/${pf}/${link}`,
      `/dev/vfio/${group}`,
      `/sys/kernel/iommu_groups/${group}`,
    ])
      rmSync(join(this.root, path), { recursive: true, force: true });
    const [name] = this.names(`${devices}/${pf}/net`);
    this.#recorded.forgetVf(name!, Number(link.slice('virtfn'.length)));
  }

  #unbind(driver: string, address: string): void {
    const link = `${devices}/${address}/driver`;
    if (this.linkName(link) !== driver)
      throw Object.assign(new Error('ENODEV'), { code: 'ENODEV', errno: -19 });
    unlinkSync(join(this.root, link));
    const group = this.linkName(`${devices}/${address}/iommu_group`);
    rmSync(join(this.root, `/dev/vfio/${group}`), { force: true });
    rmSync(join(this.root, devices, address, 'net'), { recursive: true, force: true });
  }

  #probe(address: string): void {
    const path = `${devices}/${address}`;
    const override = this.text(`${path}/driver_override`)!;
    const pf = this.linkName(`${path}/physfn`);
    const isProbed = pf === undefined || this.text(`${devices}/${pf}/sriov_drivers_autoprobe`) === '1';
    const driver = override !== '(null)' ? override : isProbed ? 'igbvf' : undefined;
    if (driver === undefined || this.refusing.has(driver) || existsSync(join(this.root, path, 'driver')))
      return;
    symlinkSync(`../../../bus/pci/drivers/${driver}`, join(this.root, path, 'driver'));
    if (driver !== 'vfio-pci') return;
    mkdirSync(join(this.root, 'dev/vfio'), { recursive: true });
    this.#file(`/dev/vfio/${this.linkName(`${path}/iommu_group`)}`);
  }
}

/** All of a machine's /sys: files with what they hold, links with what they point to. Files that only take commands are left out. */
export function readSys(host: Host, below = '/sys'): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of host.names(below)) {
    const path = `${below}/${name}`;
    const link = host.link(path);
    if (link !== undefined) found[path] = link;
    else if (host.names(path).length > 0) Object.assign(found, readSys(host, path));
    else if (!/(bind|drivers_probe)$/.test(path) && existsSync(host.root + path))
      found[path] = contents(host.root + path);
  }
  return found;
}

function contents(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
