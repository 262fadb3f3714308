import { open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compareDebianVersions } from './debian-version.ts';

/** A kernel to boot and the tree of its modules. */
export interface GuestKernel {
  /** The file that QEMU boots. */
  vmlinuz: string;
  /** What `uname -r` says in the guest. */
  release: string;
  /** The directory `lib/modules/RELEASE`, with depmod's files in it. */
  modules: string;
}

/** What the guest can't do without, as modules or built in. */
export const neededModules = [
  '9p',
  '9pnet_virtio',
  'overlay',
  'igb',
  'vfio-pci',
  'vfio_iommu_type1',
] as const;

/** Of apt's kernel packages those that a lab can boot, the newest first; `wanted` is a name or a version's start. */
export function selectKernelPackages(names: readonly string[], wanted?: string): string[] {
  return names
    .flatMap((name) => {
      const match = /^linux-image-(\d[\w.+~-]*)-(?:amd64|generic)(-unsigned)?$/.exec(name);
      if (!match || /cloud|-rt$/.test(match[1]!) || !/\d\.\d+[.-]\d/.test(match[1]!)) return [];
      return [{ name, version: match[1]!, unsigned: match[2] !== undefined }];
    })
    .filter(({ name, version }) => wanted === undefined || name === wanted || startsVersion(version, wanted))
    .sort((a, b) => compareDebianVersions(b.version, a.version) || Number(a.unsigned) - Number(b.unsigned))
    .map(({ name }) => name);
}

/** `6.1` is the start of `6.1.0-56` and not of `6.12.95`. */
function startsVersion(version: string, wanted: string): boolean {
  return version.startsWith(wanted) && !/^\d/.test(version.slice(wanted.length));
}

/** The release of a kernel image, read from the boot protocol's header of a bzImage. */
export async function readKernelRelease(vmlinuz: string): Promise<string | undefined> {
  const file = await open(vmlinuz, 'r');
  try {
    const header = Buffer.alloc(0x8000);
    await file.read(header, 0, header.length, 0);
    if (header.toString('latin1', 0x202, 0x206) !== 'HdrS') return undefined;
    const start = header.readUInt16LE(0x20e) + 0x200;
    return header.toString('latin1', start, header.indexOf(0, start)).split(' ')[0];
  } finally {
    await file.close();
  }
}

/** A kernel image together with the module tree beside it (`…/boot/vmlinuz` and `…/lib/modules`) or the host's own. */
export async function describeKernel(vmlinuz: string): Promise<GuestKernel | undefined> {
  const release = await readKernelRelease(vmlinuz).catch(() => undefined);
  if (release === undefined) return undefined;
  const root = dirname(dirname(vmlinuz));
  for (const modules of [join(root, 'lib/modules', release), join('/lib/modules', release)]) {
    const present = await stat(join(modules, 'modules.dep')).catch(() => undefined);
    if (present) return { vmlinuz, release, modules };
  }
  return undefined;
}

/**
 * The module files that must be loaded, in order, dependencies first.
 *
 * @throws when a module is neither in the tree nor built in.
 */
export async function moduleLoadOrder(kernel: GuestKernel, wanted: readonly string[]): Promise<string[]> {
  const [dependencies, builtin] = await Promise.all(
    ['modules.dep', 'modules.builtin'].map((name) => readFile(join(kernel.modules, name), 'utf8')),
  );
  const paths = new Map<string, string[]>();
  for (const line of dependencies!.split('\n').filter(Boolean)) {
    const [path, needs = ''] = line.split(':', 2);
    paths.set(moduleName(path!), [path!, ...needs.split(' ').filter(Boolean)]);
  }
  const builtins = new Set(builtin!.split('\n').map(moduleName));
  const order: string[] = [];
  for (const name of wanted) {
    const files = paths.get(moduleName(name));
    if (!files && !builtins.has(moduleName(name))) {
      throw new Error(`the kernel ${kernel.release} has no module ${name}`);
    }
    // modules.dep names what a module needs with the deepest dependency last
    for (const file of (files ?? []).toReversed()) if (!order.includes(file)) order.push(file);
  }
  return order.map((file) => join(kernel.modules, file));
}

/** `kernel/drivers/vfio/pci/vfio-pci.ko.xz` is loaded as vfio_pci. */
function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
}
