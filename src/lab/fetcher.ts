import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { publishFile, ScratchDirectory, stampName } from './cache.ts';
import { compareDebianVersions } from './debian-version.ts';
import { selectKernelPackages } from './kernel.ts';
import { LabError } from './lab-error.ts';
import { openPrivateApt, type PrivateApt } from './private-apt.ts';
import { run } from './process.ts';
import { type Distribution, oldestQemu, qemuVersion, runTool, type Tool, unpackedTools } from './tools.ts';
import { hashTree } from './tree-hash.ts';

/** What is known of packages that were fetched. */
export interface Stamp {
  packages: string[];
  /** {@link hashTree} of what was unpacked. */
  contents: string;
}

export interface ToolsStamp extends Stamp {
  qemuVersion?: string;
}

export interface KernelStamp extends Stamp {
  release: string;
}

/** Fetches the distribution's packages and unpacks them; nothing is installed. Asks apt nothing until then. */
export class Fetcher {
  readonly #scratch: ScratchDirectory;
  readonly #codename: string;
  readonly #log: (line: string) => void;
  #apt: Promise<PrivateApt> | undefined;

  constructor(cacheDirectory: string, distribution: Distribution, log: (line: string) => void) {
    this.#scratch = new ScratchDirectory(join(cacheDirectory, 'apt'));
    this.#codename = distribution.codename;
    this.#log = log;
  }

  /** Fills a directory with packages and all that they need beyond what the host has. */
  async fetchTools(packages: readonly string[], directory: string): Promise<void> {
    const apt = await this.#openApt();
    const suite = packages.includes('qemu-system-x86') ? await this.#suiteOfQemu(apt) : undefined;
    this.#log(`lab: fetching ${packages.join(', ')} and what they need${suite ? ` from ${suite}` : ''}`);
    const files = await apt.downloadWithDependencies(packages, suite);
    const root = join(directory, 'root');
    await unpack(files, root);
    const stamp: ToolsStamp = { packages: files.map(packageOfFile), contents: await hashTree(root) };
    if (packages.includes('qemu-system-x86')) stamp.qemuVersion = await checkedQemuVersion(root);
    await writeStamp(directory, stamp);
  }

  /** Fills a directory with a kernel and its modules: the newest, or the newest that `wanted` is the start of. */
  async fetchKernel(wanted: string | undefined, kmod: Tool, directory: string): Promise<void> {
    const apt = await this.#openApt();
    const names = await apt.search('^linux-(image|modules|modules-extra|binary)-[0-9]');
    const [image] = selectKernelPackages(names, wanted);
    if (image === undefined) throw noSuchKernel(names, wanted);
    const release = image.replace('linux-image-', '').replace('-unsigned', '');
    const parts = ['modules', 'modules-extra', 'binary'].map((part) => `linux-${part}-${release}`);
    const packages = [image, ...parts.filter((part) => names.includes(part))];
    this.#log(`lab: fetching ${packages.join(', ')}`);
    const root = join(directory, 'root');
    await unpack(await apt.download(packages), root);
    await indexModules(kmod, root, release);
    const stamp: KernelStamp = { packages, contents: await hashTree(root), release };
    await writeStamp(directory, stamp);
  }

  /** Removes what was downloaded; what was unpacked stays. */
  async close(): Promise<void> {
    await this.#scratch.remove();
  }

  #openApt(): Promise<PrivateApt> {
    this.#apt ??= this.#scratch.make().then((directory) => {
      this.#log("lab: asking apt for package lists (a private copy; the host's apt is not changed)");
      return openPrivateApt(directory, this.#codename);
    });
    return this.#apt;
  }

  /** The suite to name to apt so that QEMU is new enough: none when the default one is. */
  async #suiteOfQemu(apt: PrivateApt): Promise<string | undefined> {
    const versions = await apt.versions('qemu-system-x86');
    const enough = versions.filter(({ version }) => compareDebianVersions(version, `1:${oldestQemu}`) >= 0);
    const suites = enough.map(({ suite }) => suite);
    if (suites.includes(this.#codename)) return undefined;
    if (suites.length > 0) return suites[0];
    const offered = versions.map(({ version }) => version).join(', ') || 'none';
    throw new LabError(
      `apt offers no QEMU >= ${oldestQemu}: it has ${offered}`,
      'install one and name it with "qemu"; Debian 12\'s backports suite and later releases have it',
    );
  }
}

function writeStamp(directory: string, stamp: Stamp): Promise<void> {
  return publishFile(join(directory, stampName), JSON.stringify(stamp, null, 2));
}

async function checkedQemuVersion(root: string): Promise<string> {
  const { qemu } = await unpackedTools(root);
  const version = await qemuVersion(qemu);
  if (version !== undefined) return version;
  const result = await runTool(qemu, ['-version']);
  throw new LabError(
    `the fetched QEMU does not run here: ${result.stderr.trim()}`,
    'install qemu-system-x86 >= 9.0 with apt and name it with "qemu"',
  );
}

function noSuchKernel(names: readonly string[], wanted: string | undefined): LabError {
  const newest = new Map<string, string>();
  for (const name of selectKernelPackages(names)) {
    const series = /\d+\.\d+/.exec(name)![0];
    if (!newest.has(series)) newest.set(series, name);
  }
  const offered = [...newest.values()].join(', ') || 'none';
  return new LabError(
    `apt offers no kernel package${wanted === undefined ? '' : ` for "${wanted}"`}; the newest of each series is ${offered}`,
    'name one of these, an older one of a series, or the path of a kernel image, with "kernel"',
  );
}

/** Newer packages have everything under usr; depmod and the lab look in lib. */
async function indexModules(kmod: Tool, root: string, release: string): Promise<void> {
  const top = await readdir(root);
  if (!top.includes('lib')) await symlink('usr/lib', join(root, 'lib'));
  const result = await runTool(kmod, ['-b', root, release], 'depmod');
  if (result.exitCode === 0) return;
  throw new LabError(
    `depmod failed: ${result.stderr.trim()}`,
    "install kmod on the host, or remove the lab's cache and try again",
  );
}

async function unpack(files: readonly string[], root: string): Promise<void> {
  for (const file of files) {
    const result = await run('dpkg-deb', ['-x', file, root]);
    if (result.exitCode === 0) continue;
    throw new LabError(`${file} can't be unpacked: ${result.stderr.trim()}`, 'check the free disk space');
  }
}

function packageOfFile(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return decodeURIComponent(name.replace(/\.deb$/, ''));
}
