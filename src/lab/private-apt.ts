import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AptSource,
  parseDeb822Sources,
  parseOneLineSources,
  renderDeb822,
  withBackports,
} from './apt-sources.ts';
import { compareDebianVersions } from './debian-version.ts';
import { LabError } from './lab-error.ts';
import { type RunResult, run } from './process.ts';

/** A version of a package that apt offers, and the suite that has it. */
export interface PackageVersion {
  version: string;
  suite: string;
}

/**
 * An apt of our own: the machine's sources, keys and proxies, but private lists and a private package
 * cache, so that nothing on the host changes and no root is needed. It downloads; it never installs.
 */
export interface PrivateApt {
  /** Names of all packages that match an extended regular expression. */
  search(pattern: string): Promise<string[]>;
  /** What is on offer of one package, the newest first. */
  versions(packageName: string): Promise<PackageVersion[]>;
  /** Downloads packages and whatever they need that the host doesn't have; returns the files. */
  downloadWithDependencies(packages: readonly string[], suite?: string): Promise<string[]>;
  /** Downloads exactly these packages; returns the files. */
  download(packages: readonly string[]): Promise<string[]>;
}

/** Prepares a private apt in `directory` and fetches the package lists. */
export async function openPrivateApt(directory: string, codename: string): Promise<PrivateApt> {
  const sources = withBackports(await readMachineSources(), codename);
  if (sources.length === 0) {
    throw new LabError(
      `apt has no source with the suite ${codename}, so nothing can be fetched`,
      'add the distribution\'s archive to apt\'s sources, or install QEMU >= 9.0 and a kernel and name them with "qemu" and "kernel"',
    );
  }
  const configuration = await writeConfiguration(directory, sources);
  const apt = (program: string, args: readonly string[], cwd?: string) =>
    run(program, args, {
      env: { ...process.env, APT_CONFIG: configuration, LC_ALL: 'C' },
      ...(cwd === undefined ? {} : { cwd }),
    });
  const update = await apt('apt-get', ['-q', 'update']);
  // one archive of several may be down, and "update" succeeds even when all are
  if ((await listNames(directory)).length === 0) throw aptError('update', update);
  return privateApt(directory, apt);
}

type Apt = (program: string, args: readonly string[], cwd?: string) => Promise<RunResult>;

function privateApt(directory: string, apt: Apt): PrivateApt {
  const archives = join(directory, 'cache', 'archives');
  const fetched = async (command: string, result: RunResult, folder: string) => {
    if (result.exitCode !== 0) throw aptError(command, result);
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.deb')).map((name) => join(folder, name));
  };
  return {
    async search(pattern) {
      const result = await apt('apt-cache', ['search', '--names-only', pattern]);
      return lines(result).map((line) => line.split(' - ')[0]!);
    },
    async versions(packageName) {
      const result = await apt('apt-cache', ['madison', packageName]);
      return parseMadison(lines(result));
    },
    async downloadWithDependencies(packages, suite) {
      const target = suite === undefined ? [] : ['-t', suite];
      const args = [
        '-q',
        '-y',
        '--download-only',
        '--no-install-recommends',
        ...target,
        'install',
        ...packages,
      ];
      return fetched(`install ${packages.join(' ')}`, await apt('apt-get', args), archives);
    },
    async download(packages) {
      const folder = join(directory, 'download');
      await mkdir(folder, { recursive: true });
      const result = await apt('apt-get', ['-q', 'download', ...packages], folder);
      return fetched(`download ${packages.join(' ')}`, result, folder);
    },
  };
}

/** Reads the lines of `apt-cache madison`: `package | version | address suite/component arch Packages`. */
export function parseMadison(output: readonly string[]): PackageVersion[] {
  return output
    .flatMap((line) => {
      const [, version = '', origin = ''] = line.split('|').map((column) => column.trim());
      const suite = (origin.split(' ')[1] ?? '').split('/')[0] ?? '';
      return origin.endsWith(' Packages') ? [{ version, suite }] : [];
    })
    .sort((a, b) => compareDebianVersions(b.version, a.version));
}

/** Reads every source that the machine's apt would, in both formats. */
export async function readMachineSources(): Promise<AptSource[]> {
  const paths = await run('apt-config', [
    'shell',
    'LIST',
    'Dir::Etc::sourcelist/f',
    'PARTS',
    'Dir::Etc::sourceparts/d',
  ]);
  if (paths.exitCode !== 0) {
    throw new LabError(
      `apt can't be asked for its configuration: ${paths.stderr.trim()}`,
      'the lab fetches packages on Debian and its relatives only; elsewhere install QEMU >= 9.0 and name it and a kernel with "qemu" and "kernel"',
    );
  }
  const value = (name: string) =>
    new RegExp(`^${name}='(.*)'$`, 'm').exec(paths.stdout.toString('utf8'))?.[1] ?? '';
  const parts = value('PARTS');
  const names = await readdir(parts).catch(() => []);
  const files = [value('LIST'), ...names.sort().map((name) => join(parts, name))];
  const sources: AptSource[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (file.endsWith('.sources')) sources.push(...parseDeb822Sources(text));
    if (file.endsWith('.list')) sources.push(...parseOneLineSources(text));
  }
  return sources;
}

async function writeConfiguration(directory: string, sources: readonly AptSource[]): Promise<string> {
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'sources']) {
    await mkdir(join(directory, part), { recursive: true });
  }
  await writeFile(join(directory, 'sources', 'lab.sources'), renderDeb822(sources));
  const machine = await run('apt-config', ['dump']);
  const configuration = join(directory, 'apt.conf');
  const text = `${withoutHooks(machine.stdout.toString('utf8'))}${overrides(directory)}`;
  await writeFile(configuration, text);
  return configuration;
}

/** The machine's hooks do things to the host (clean its cache, wake its desktop) that are none of our business. */
export function withoutHooks(dump: string): string {
  return dump
    .split('\n')
    .filter((line) => !/^(DPkg|Apt::Update)::(Pre|Post)-/i.test(line))
    .join('\n');
}

/** Later lines win. The files under /etc/apt are already part of the dump, so they aren't read a second time. */
function overrides(directory: string): string {
  const settings = {
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(directory, 'sources'),
    'Dir::State': join(directory, 'state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(directory, 'cache'),
    'Dir::Cache::archives': 'archives/',
    'Dir::Log': directory,
    'APT::Sandbox::User': 'root',
    'Debug::NoLocking': 'true',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} "${value}";\n`)
    .join('');
}

async function listNames(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, 'state', 'lists'));
  return names.filter((name) => name.includes('_Packages'));
}

function lines(result: RunResult): string[] {
  return result.stdout.toString('utf8').split('\n').filter(Boolean);
}

function aptError(command: string, result: RunResult): LabError {
  const said = result.stderr.trim().split('\n').slice(-6).join('\n  ');
  return new LabError(
    `apt-get ${command} failed:\n  ${said}`,
    'check that this machine reaches its apt archive ("apt-get update"), then try again; or install QEMU >= 9.0 and a kernel yourself and name them with "qemu" and "kernel"',
  );
}
