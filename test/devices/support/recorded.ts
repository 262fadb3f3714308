import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FunctionSettings, Host, type NetworkInterface } from '../../../src/devices/index.ts';

// A machine as text: one file of ../hosts each. Its lines are
//   pci ADDRESS VENDOR:DEVICE CLASS [driver=…] [group=…] [numa=…] [totalvfs=…] [vfdev=…] [physfn=ADDRESS/INDEX] [net=NAME,…] [node=none]
//   file PATH TEXT     a file, in which \n and \t stand for what they name
//   link PATH TARGET   a symbolic link; a target in /dev lies in the tree as well
//   dir PATH, node PATH
//   interface NAME up|down carrier|no-carrier MTU MAC
//   vf INTERFACE INDEX [mac=…] [vlan=…] [max=…] [spoof=on|off] [trust=on|off] [link=auto|enable|disable]
//   env NAME=VALUE

const hosts = join(import.meta.dirname, '../hosts');

export const recordedHosts: string[] = readdirSync(hosts).map((file) => file.replace(/\.host$/, ''));

/** A machine's tree, unpacked. */
export class RecordedHost implements Disposable {
  readonly host: Host;
  readonly root: string = mkdtempSync(join(tmpdir(), 'vfio-pmd-host-'));
  readonly #interfaces: NetworkInterface[] = [];
  readonly #environment: Record<string, string> = {};

  constructor(name: string) {
    for (const directory of ['sys/bus/pci/devices', 'proc', 'dev', 'sys/kernel/iommu_groups'])
      mkdirSync(join(this.root, directory), { recursive: true });
    for (const line of readFileSync(join(hosts, `${name}.host`), 'utf8').split('\n')) this.add(line);
    this.host = new Host({
      root: this.root,
      interfaces: async () => this.#interfaces,
      environment: this.#environment,
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }

  /** The PF's driver knows nothing more of a VF. */
  forgetVf(name: string, index: number): void {
    const pf = this.#interfaces.find((one) => one.name === name)!;
    pf.functions = pf.functions.filter((vf) => vf.index !== index);
  }

  /** Adds what a line says. */
  add(line: string): void {
    const [word, first = '', ...rest] = line.split(' ');
    if (word === '' || word === '#') return;
    const add = this.#kinds[word!];
    if (add === undefined) throw new Error(`a recorded host has no line "${line}"`);
    add(first, rest);
  }

  readonly #kinds: Record<string, (first: string, rest: string[]) => void> = {
    pci: (address: string, rest: string[]) => this.#pci(address, rest),
    file: (path: string, rest: string[]) =>
      this.#file(path, rest.join(' ').replaceAll('\\n', '\n').replaceAll('\\t', '\t')),
    link: (path: string, [target]: string[]) =>
      this.#link(path, target!.startsWith('/dev/') ? join(this.root, target!) : target!),
    dir: (path: string) => void mkdirSync(join(this.root, path), { recursive: true }),
    node: (path: string) => this.#file(path, ''),
    interface: (name: string, rest: string[]) => this.#interface(name, rest),
    vf: (name: string, rest: string[]) => this.#vf(name, rest),
    env: (first: string, rest: string[]) => {
      const [, name, value] = /^(\w+)=(.*)$/.exec([first, ...rest].join(' '))!;
      this.#environment[name!] = value!;
    },
  };

  #file(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  #link(path: string, target: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    symlinkSync(target, join(this.root, path));
  }

  #pci(address: string, [id, classCode, ...rest]: string[]): void {
    const values = valuesOf(rest);
    const path = `/sys/bus/pci/devices/${address}`;
    const [vendor, device] = id!.split(':');
    this.#file(`${path}/vendor`, `0x${vendor}\n`);
    this.#file(`${path}/device`, `0x${device}\n`);
    this.#file(`${path}/class`, `0x${classCode}\n`);
    this.#file(`${path}/numa_node`, `${values['numa'] ?? -1}\n`);
    if (values['driver']) this.#link(`${path}/driver`, `../../../bus/pci/drivers/${values['driver']}`);
    if (values['totalvfs']) this.#file(`${path}/sriov_totalvfs`, `${values['totalvfs']}\n`);
    if (values['vfdev']) this.#file(`${path}/sriov_vf_device`, `${values['vfdev']}\n`);
    for (const name of values['net']?.split(',') ?? []) this.#file(`${path}/net/${name}/flags`, '0x1003\n');
    if (values['group']) this.#group(path, address, values['group']);
    const [pf, index] = values['physfn']?.split('/') ?? [];
    if (pf !== undefined) {
      this.#link(`${path}/physfn`, `../${pf}`);
      this.#link(`/sys/bus/pci/devices/${pf}/virtfn${index}`, `../${address}`);
    }
    if (values['driver'] === 'vfio-pci' && values['node'] !== 'none') {
      this.#file('/dev/vfio/vfio', '');
      this.#file(`/dev/vfio/${values['group']}`, '');
    }
  }

  #group(path: string, address: string, group: string): void {
    this.#link(`${path}/iommu_group`, `../../../../kernel/iommu_groups/${group}`);
    this.#link(
      `/sys/kernel/iommu_groups/${group}/devices/${address}`,
      `../../../../bus/pci/devices/${address}`,
    );
  }

  #interface(name: string, [state, carrier, mtu, mac]: string[]): void {
    this.#interfaces.push({
      index: this.#interfaces.length + 1,
      name,
      up: state === 'up',
      carrier: carrier === 'carrier',
      mtu: Number(mtu),
      maxMtu: null,
      mac: mac!,
      kind: null,
      master: null,
      lower: null,
      device: null,
      functions: [],
    });
    for (const address of readdirSync(join(this.root, 'sys/bus/pci/devices'))) {
      const net = `/sys/bus/pci/devices/${address}/net`;
      if (names(join(this.root, net)).includes(name))
        this.#file(`${net}/${name}/flags`, state === 'up' ? '0x1003\n' : '0x1002\n');
    }
  }

  #vf(name: string, [index, ...rest]: string[]): void {
    const values = valuesOf(rest);
    const onOff = (text: string | undefined) => (text === undefined ? null : text === 'on');
    this.#interfaces
      .find((one) => one.name === name)!
      .functions.push({
        index: Number(index),
        mac: values['mac'] ?? null,
        vlan: values['vlan'] ? { id: Number(values['vlan']), priority: 0, protocol: '802.1Q' } : null,
        spoofCheck: onOff(values['spoof']),
        trust: onOff(values['trust']),
        linkState: (values['link'] ?? null) as FunctionSettings['linkState'],
        minRateMbps: null,
        maxRateMbps: values['max'] ? Number(values['max']) : null,
      });
  }
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function valuesOf(words: string[]): Record<string, string | undefined> {
  return Object.fromEntries(words.map((word) => word.split('=') as [string, string]));
}
