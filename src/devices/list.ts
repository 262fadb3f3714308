import { supportedDevices } from '../core/diagnose.ts';
import type { FunctionSettings, NetworkInterface } from '../core/interfaces.ts';
import { devicePath, isPciAddress } from './address.ts';
import { findHolders } from './holders.ts';
import { checkHost, Host } from './host.ts';
import type {
  DeviceList,
  GroupMember,
  Holder,
  InterfaceState,
  IommuGroup,
  NetworkFunction,
  PhysicalFunction,
  PlainFunction,
  VirtualFunction,
} from './model.ts';

/** The PCI base class of network controllers. */
const networkClass = 0x02;
/** More VFs than any PF has. */
const mostVfs = 65_535;

/**
 * The network devices of a machine: PFs with their VFs, VFs whose PF is hidden, and other NICs, with drivers, IOMMU groups, and
 * what each VF may do. Reads and changes nothing; needs no privilege. Without root it cannot see which processes of others hold a device.
 */
export async function listDevices(host: Host = new Host()): Promise<DeviceList> {
  checkHost(host);
  return new Lister(host, await host.interfaces()).list();
}

class Lister {
  readonly #host: Host;
  readonly #interfaces: Map<string, NetworkInterface>;
  readonly #supported = new Set(supportedDevices());
  readonly #holders: Map<string, Holder[]>;
  readonly #nodes: Set<string>;
  /** The VFs of each PF that was asked about. */
  readonly #vfs = new Map<string, string[]>();

  constructor(host: Host, interfaces: NetworkInterface[]) {
    this.#host = host;
    this.#interfaces = new Map(interfaces.map((one) => [one.name, one]));
    this.#holders = findHolders(host);
    this.#nodes = new Set(host.names('/dev/vfio'));
  }

  list(): DeviceList {
    const host = this.#host;
    const addresses = host.names('/sys/bus/pci/devices').filter(isPciAddress);
    const found = addresses.filter((address) => this.#isNetwork(address));
    // VFs are read with their PF.
    const below = new Set(found.flatMap((address) => this.#vfsOf(address)));
    const devices = found.filter((address) => !below.has(address)).map((address) => this.#read(address));
    return {
      schema: 'pmd-bench-devices/1',
      iommuGroups: host.names('/sys/kernel/iommu_groups').length,
      devices,
    };
  }

  #isNetwork(address: string): boolean {
    return (this.#host.number(`${devicePath(address)}/class`) ?? 0) >>> 16 === networkClass;
  }

  #read(address: string): PhysicalFunction | VirtualFunction | PlainFunction {
    const path = devicePath(address);
    const common = this.#common(address);
    const totalVfs = Math.max(0, Math.min(this.#host.number(`${path}/sriov_totalvfs`) ?? 0, mostVfs));
    const pf = this.#host.linkName(`${path}/physfn`);
    if (isPciAddress(pf) || common.supported) return this.#virtual(common, isPciAddress(pf) ? pf : null);
    if (totalVfs === 0) return { kind: 'nic', ...common };
    return {
      kind: 'pf',
      ...common,
      totalVfs,
      autoprobe: this.#host.text(`${path}/sriov_drivers_autoprobe`) !== '0',
      vfs: this.#vfsOf(address).map((vf, index) => this.#virtual(this.#common(vf), address, index)),
    };
  }

  #vfsOf(pf: string): string[] {
    const known = this.#vfs.get(pf);
    if (known !== undefined) return known;
    const vfs: string[] = [];
    for (let index = 0; index < mostVfs; index++) {
      const vf = this.#host.linkName(`${devicePath(pf)}/virtfn${index}`);
      if (!isPciAddress(vf)) break;
      vfs.push(vf);
    }
    this.#vfs.set(pf, vfs);
    return vfs;
  }

  #virtual(common: NetworkFunction, pf: string | null, known?: number): VirtualFunction {
    const found = known ?? (pf === null ? -1 : this.#vfsOf(pf).indexOf(common.address));
    const index = found < 0 ? null : found;
    const settings = pf === null || index === null ? null : this.#settings(pf, index);
    return { kind: 'vf', ...common, pf, index, settings };
  }

  #settings(pf: string, index: number): FunctionSettings | null {
    const all = this.#names(pf).flatMap((name) => this.#interfaces.get(name)?.functions ?? []);
    return all.find((settings) => settings.index === index) ?? null;
  }

  #common(address: string): NetworkFunction {
    const path = devicePath(address);
    const hex = (name: string) => (this.#host.number(`${path}/${name}`) ?? 0).toString(16).padStart(4, '0');
    const id = `${hex('vendor')}:${hex('device')}`;
    const node = this.#host.number(`${path}/numa_node`) ?? -1;
    return {
      address,
      id,
      supported: this.#supported.has(id),
      driver: this.#driver(address),
      numaNode: node < 0 ? null : node,
      group: this.#group(address),
      interfaces: this.#names(address).flatMap((name) => this.#state(name)),
    };
  }

  /** Of interfaces; those of a virtio device stand one level deeper. */
  #names(address: string): string[] {
    const path = devicePath(address);
    const deeper = this.#host.names(path).filter((name) => /^virtio\d+$/.test(name));
    return ['', ...deeper.map((name) => `${name}/`)].flatMap((below) =>
      this.#host.names(`${path}/${below}net`),
    );
  }

  #state(name: string): InterfaceState[] {
    const found = this.#interfaces.get(name);
    if (found === undefined) return [];
    const { up, carrier, mtu, mac } = found;
    return [{ name, up, carrier, mtu, mac }];
  }

  #driver(address: string): string | null {
    const name = this.#host.linkName(`${devicePath(address)}/driver`);
    return name !== undefined && /^[\w-]{1,64}$/.test(name) ? name : null;
  }

  #group(address: string): IommuGroup | null {
    const name = this.#host.linkName(`${devicePath(address)}/iommu_group`);
    if (name === undefined || !/^\d{1,9}$/.test(name)) return null;
    const path = `/sys/kernel/iommu_groups/${name}`;
    const noIommu = this.#host.text(`${path}/name`)?.startsWith('vfio-noiommu') ?? false;
    const node = [name, `noiommu-${name}`].find((candidate) => this.#nodes.has(candidate));
    const nodePath = node === undefined ? null : `/dev/vfio/${node}`;
    return {
      number: Number(name),
      noIommu,
      members: this.#host.names(`${path}/devices`).map((member) => this.#member(member)),
      node: nodePath,
      holders: this.#holders.get(nodePath ?? '') ?? [],
    };
  }

  #member(address: string): GroupMember {
    if (!isPciAddress(address)) return { address, driver: null, classCode: null };
    const classCode = this.#host.number(`${devicePath(address)}/class`) ?? null;
    return { address, driver: this.#driver(address), classCode };
  }
}
