import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheKey, markUsed, publishFile, removeUnused } from './cache.ts';
import { type CpioEntry, writeCpio } from './cpio.ts';
import { guestInit } from './guest-init.ts';
import { moduleLoadOrder } from './kernel.ts';
import { LabError } from './lab-error.ts';
import { run } from './process.ts';
import type { Lab } from './setup.ts';
import { checkTrustedPath } from './trusted-path.ts';

const rootModules = ['virtio_pci', '9p', '9pnet_virtio', 'overlay'];
const deviceModules = ['virtio_console', 'igb', 'vfio-pci', 'vfio_iommu_type1'];

/**
 * The part of the initramfs that is the same for every run: busybox, the modules and the init. It is built once
 * per kernel and not compressed: an emulated processor unpacks slower than QEMU copies.
 */
export async function ensureInitramfs(lab: Lab): Promise<string> {
  const index = await stat(join(lab.kernel.modules, 'modules.dep'));
  const key = cacheKey(lab.kernel.modules, lab.busybox.program, String(index.mtimeMs), guestInit);
  const file = join(lab.cacheDirectory, `initramfs-${key}.cpio`);
  const isBuilt = await stat(file).then(
    () => true,
    () => false,
  );
  if (isBuilt) {
    await checkTrustedPath(file);
    await markUsed(file);
  } else {
    await publishFile(file, await buildInitramfs(lab));
    await removeUnused(lab.cacheDirectory);
  }
  return file;
}

async function buildInitramfs(lab: Lab): Promise<Buffer> {
  const root = await loadOrder(lab, rootModules);
  const devices = (await loadOrder(lab, deviceModules)).filter((module) => !root.includes(module));
  const directories = ['bin', 'dev', 'proc', 'sys', 'host', 'memory', 'root', 'lab', 'lab/modules'];
  const entries: CpioEntry[] = directories.map((path) => ({ path, kind: 'directory' }));
  const executable = 0o755;
  entries.push({ path: 'init', kind: 'file', data: Buffer.from(guestInit), mode: executable });
  entries.push({
    path: 'bin/busybox',
    kind: 'file',
    data: await readFile(lab.busybox.program),
    mode: executable,
  });
  for (const [path, modules] of Object.entries({ 'lab/root.order': root, 'lab/devices.order': devices })) {
    entries.push({ path, kind: 'file', data: Buffer.from(modules.map((m) => `${plainName(m)}\n`).join('')) });
  }
  for (const module of [...root, ...devices]) {
    const data = await readModule(lab, module);
    entries.push({ path: `lab/modules/${plainName(module)}`, kind: 'file', data });
  }
  return writeCpio(entries);
}

async function loadOrder(lab: Lab, names: readonly string[]): Promise<string[]> {
  try {
    return await moduleLoadOrder(lab.kernel, names);
  } catch (error) {
    throw new LabError(
      (error as Error).message,
      'choose another kernel with "kernel"; Debian\'s have all that is needed, its cloud kernels have not',
    );
  }
}

function plainName(module: string): string {
  return basename(module).replace(/\.(xz|zst|gz)$/, '');
}

/** A module as the kernel loads it: kernels without in-kernel decompression load no other. */
async function readModule(lab: Lab, module: string): Promise<Buffer> {
  const busybox = lab.busybox.program;
  const [program, ...args] = module.endsWith('.xz')
    ? [busybox, 'xz', '-dc', module]
    : module.endsWith('.gz')
      ? [busybox, 'gzip', '-dc', module]
      : ['zstd', '-dc', module];
  if (module.endsWith('.ko')) return readFile(module);
  const result = await run(program!, args);
  if (result.exitCode === 0) return result.stdout;
  throw new LabError(
    `${module} can't be decompressed: ${result.stderr.trim()}`,
    module.endsWith('.zst') ? 'install zstd' : "remove the lab's cache and try again",
  );
}
