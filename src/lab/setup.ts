import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cacheKey,
  defaultCacheDirectory,
  discardEntry,
  markUsed,
  openCache,
  publishDirectory,
  readJson,
  removeUnused,
  stampName,
} from './cache.ts';
import { compareDebianVersions } from './debian-version.ts';
import { Fetcher, type KernelStamp, type Stamp, type ToolsStamp } from './fetcher.ts';
import { describeKernel, type GuestKernel, moduleLoadOrder, neededModules } from './kernel.ts';
import { LabError } from './lab-error.ts';
import {
  type Distribution,
  findBusybox,
  findQemu,
  findTool,
  type LabTools,
  readDistribution,
  type Tool,
  unpackedTools,
} from './tools.ts';
import { hashTree } from './tree-hash.ts';
import { checkTrustedPath } from './trusted-path.ts';

/** Where a lab has its parts from. */
export interface SetupOptions {
  /** A QEMU to use instead of the host's or a fetched one. */
  qemu?: string;
  /**
   * A kernel image (a path), a package's name, or the start of a version such as `6.1`. Default: the host's, else
   * the newest that apt has.
   */
  kernel?: string;
  /** Where fetched things are kept. Default: `$XDG_CACHE_HOME/vfio-pmd/lab`. */
  cacheDirectory?: string;
  /** Fetch again what was fetched before. No guest may be running from it. */
  refresh?: boolean;
  /** Told what setup does, line by line. Default: standard error. */
  log?: (line: string) => void;
}

/** The parts of a lab, ready for use. */
export interface Lab extends LabTools {
  kernel: GuestKernel;
  cacheDirectory: string;
}

interface Context {
  options: SetupOptions;
  cacheDirectory: string;
  distribution: Distribution;
  fetcher: Fetcher;
}

/**
 * Finds QEMU, a guest kernel, busybox, kmod and iproute2, or fetches the distribution's packages of them into a
 * cache of the user's. The host's apt, packages and kernel stay as they are; no root is needed. Any number of
 * processes may do it at once.
 */
export async function setupLab(options: SetupOptions = {}): Promise<Lab> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new LabError(
      `the lab runs on Linux on x64, and this is ${process.platform} on ${process.arch}`,
      "its guest runs the host's own programs, so the host must be of the guest's kind",
    );
  }
  const context = await openContext(options);
  try {
    const tools = await findTools(context);
    return {
      ...tools,
      kernel: await findKernel(context, tools.kmod),
      cacheDirectory: context.cacheDirectory,
    };
  } finally {
    await context.fetcher.close();
  }
}

/**
 * Fetches packages of the distribution's and all that they need beyond what this host has, into the cache: nothing is
 * installed.
 *
 * @returns the directory that they are unpacked in, as if it were the root.
 */
export async function fetchPackages(
  packages: readonly string[],
  options: SetupOptions = {},
): Promise<string> {
  const context = await openContext(options);
  try {
    const key = cacheKey(context.distribution.id, ...packages);
    const directory = join(context.cacheDirectory, `packages-${key}`);
    await ensureFetched(context, directory, (aside) => context.fetcher.fetchTools(packages, aside));
    return join(directory, 'root');
  } finally {
    await context.fetcher.close();
  }
}

async function openContext(options: SetupOptions): Promise<Context> {
  const cacheDirectory = await openCache(options.cacheDirectory ?? defaultCacheDirectory());
  const distribution = await readDistribution();
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  return { options, cacheDirectory, distribution, fetcher: new Fetcher(cacheDirectory, distribution, log) };
}

const packagesOfTools = { qemu: 'qemu-system-x86', busybox: 'busybox-static', kmod: 'kmod', ip: 'iproute2' };

async function findTools(context: Context): Promise<LabTools> {
  const qemu = await findQemu(context.options.qemu);
  const busybox = await findBusybox();
  const [kmod, ip] = [await findTool('kmod'), await findTool('ip')];
  if (qemu && busybox && kmod && ip) return { qemu, busybox, kmod, ip };
  const found = { qemu, busybox, kmod, ip };
  const names = Object.keys(packagesOfTools) as (keyof LabTools)[];
  const missing = names.filter((name) => found[name] === undefined).map((name) => packagesOfTools[name]);
  const directory = join(context.cacheDirectory, `tools-${cacheKey(context.distribution.id, ...missing)}`);
  const stamp = await ensureFetched<ToolsStamp>(context, directory, (aside) =>
    context.fetcher.fetchTools(missing, aside),
  );
  const fetched = await unpackedTools(join(directory, 'root'));
  return {
    qemu: qemu ?? { ...fetched.qemu, version: stamp.qemuVersion ?? '' },
    busybox: busybox ?? fetched.busybox,
    kmod: kmod ?? fetched.kmod,
    ip: ip ?? fetched.ip,
  };
}

async function findKernel(context: Context, kmod: Tool): Promise<GuestKernel> {
  const wanted = context.options.kernel;
  if (wanted?.includes('/')) return describeNamedKernel(wanted);
  const installed = wanted === undefined ? await findInstalledKernel() : undefined;
  if (installed) return installed;
  const key = cacheKey(context.distribution.id, wanted ?? 'newest');
  const directory = join(context.cacheDirectory, `kernel-${key}`);
  const stamp = await ensureFetched<KernelStamp>(context, directory, (aside) =>
    context.fetcher.fetchKernel(wanted, kmod, aside),
  );
  return describeNamedKernel(join(directory, 'root/boot', `vmlinuz-${stamp.release}`));
}

async function ensureFetched<Known extends Stamp>(
  context: Context,
  directory: string,
  fill: (aside: string) => Promise<void>,
): Promise<Known> {
  if (context.options.refresh || (await isWithoutHash(directory))) await discardEntry(directory);
  const known = await readStamp<Known>(directory);
  if (known) {
    await markUsed(directory);
    return known;
  }
  await publishDirectory(directory, fill);
  await removeUnused(context.cacheDirectory);
  const stamp = await readStamp<Known>(directory);
  if (stamp) return stamp;
  throw damaged(directory);
}

/** Whether an older version fetched it, which kept no hash of what it fetched: nobody knows what is there now. */
async function isWithoutHash(directory: string): Promise<boolean> {
  const stamp = await readJson<Stamp>(join(directory, stampName));
  return stamp !== undefined && stamp.contents === undefined;
}

/** The stamp of what was fetched, if something was; that must be as it was then, and nobody else may be able to change it. */
async function readStamp<Known extends Stamp>(directory: string): Promise<Known | undefined> {
  const file = join(directory, stampName);
  const stamp = await readJson<Known>(file);
  if (stamp === undefined) return undefined;
  await checkTrustedPath(file);
  if ((await hashTree(join(directory, 'root'))) !== stamp.contents) throw damaged(directory);
  return stamp;
}

function damaged(directory: string): LabError {
  return new LabError(
    `what was fetched into ${directory} is not what is there now`,
    'run: pmd-bench lab setup --refresh, or remove that directory',
  );
}

async function describeNamedKernel(vmlinuz: string): Promise<GuestKernel> {
  const kernel = await describeKernel(vmlinuz);
  if (kernel) return kernel;
  throw new LabError(
    `${vmlinuz} is no kernel image with its modules in lib/modules beside it or in /lib/modules`,
    'name a bzImage whose module tree "depmod" has seen, a kernel package, or the start of a version',
  );
}

async function findInstalledKernel(): Promise<GuestKernel | undefined> {
  const names = await readdir('/boot').catch(() => []);
  const images = names.filter((name) => name.startsWith('vmlinuz-')).sort(compareDebianVersions);
  for (const image of images.toReversed()) {
    const kernel = await describeKernel(join('/boot', image));
    const isComplete = kernel && (await moduleLoadOrder(kernel, neededModules).then(Boolean, () => false));
    if (isComplete) return kernel;
  }
  return undefined;
}
