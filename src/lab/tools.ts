import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareDebianVersions } from './debian-version.ts';
import { LabError } from './lab-error.ts';
import { findProgram, isExecutable, run } from './process.ts';

/** A program and the environment it needs: one that was unpacked doesn't find its libraries by itself. */
export interface Tool {
  program: string;
  env: Record<string, string>;
}

/** QEMU, with the folders where it finds its firmware. */
export interface QemuTool extends Tool {
  version: string;
  firmware: string[];
}

/** The programs that a lab is made of. */
export interface LabTools {
  qemu: QemuTool;
  /** Statically linked: it runs before there is a root file system. */
  busybox: Tool;
  kmod: Tool;
  /** iproute2's `ip`: busybox's can't set the MAC of a VF. */
  ip: Tool;
}

/** Older ones have no igb, or one with known holes (CVE-2024-26327, CVE-2024-26328). */
export const oldestQemu = '9.0';

/** The version of a QEMU, or undefined when it can't be run. */
export async function qemuVersion(tool: Tool): Promise<string | undefined> {
  const result = await run(tool.program, ['-version'], { env: { ...process.env, ...tool.env } });
  return /version (\d+(?:\.\d+)+)/.exec(result.stdout.toString('utf8'))?.[1];
}

/** The QEMU that the caller names, or the host's own if it is new enough. */
export async function findQemu(named: string | undefined): Promise<QemuTool | undefined> {
  const program = named ?? (await findProgram('qemu-system-x86_64'));
  if (program === undefined) return undefined;
  const version = await qemuVersion({ program, env: {} });
  if (version !== undefined && compareDebianVersions(version, oldestQemu) >= 0) {
    return { program, env: {}, version, firmware: [] };
  }
  if (named === undefined) return undefined;
  const found = version === undefined ? 'does not run' : `is version ${version}`;
  throw new LabError(
    `the QEMU named, ${named}, ${found}; the lab needs ${oldestQemu} or newer`,
    'name another with "qemu", or name none and the lab finds or fetches one',
  );
}

/** The host's busybox, if it is statically linked. */
export async function findBusybox(): Promise<Tool | undefined> {
  const program = await findProgram('busybox');
  return program !== undefined && (await isStatic(program)) ? { program, env: {} } : undefined;
}

/** A host program as a tool. */
export async function findTool(name: string): Promise<Tool | undefined> {
  const program = await findProgram(name);
  return program === undefined ? undefined : { program, env: {} };
}

/** A static program names no interpreter among its ELF program headers. */
async function isStatic(program: string): Promise<boolean> {
  const file = await open(program, 'r');
  try {
    const head = Buffer.alloc(4096);
    await file.read(head, 0, head.length, 0);
    const [offset, size, count] = [
      Number(head.readBigUInt64LE(32)),
      head.readUInt16LE(54),
      head.readUInt16LE(56),
    ];
    const interpreter = 3;
    for (let i = 0; i < count && offset + i * size + 4 <= head.length; i++) {
      if (head.readUInt32LE(offset + i * size) === interpreter) return false;
    }
    return true;
  } finally {
    await file.close();
  }
}

/** The tools of a directory into which packages were unpacked; those that are not there are named as if in `bin`. */
export async function unpackedTools(root: string): Promise<LabTools> {
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((path) => join(root, path));
  const env = { LD_LIBRARY_PATH: libraries.join(':') };
  return {
    qemu: {
      program: await findUnpacked(root, 'qemu-system-x86_64'),
      env: { ...env, QEMU_MODULE_DIR: join(libraries[0]!, 'qemu') },
      version: '',
      firmware: [join(root, 'usr/share/qemu'), join(root, 'usr/share/seabios')],
    },
    busybox: { program: await findUnpacked(root, 'busybox'), env: {} },
    kmod: { program: await findUnpacked(root, 'kmod'), env },
    ip: { program: await findUnpacked(root, 'ip'), env },
  };
}

/** Newer packages have everything under usr. */
async function findUnpacked(root: string, name: string): Promise<string> {
  for (const directory of ['usr/bin', 'usr/sbin', 'sbin']) {
    const candidate = join(root, directory, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return join(root, 'bin', name);
}

/** Runs a tool to its end. */
export function runTool(tool: Tool, args: readonly string[], argv0?: string) {
  return run(tool.program, args, {
    env: { ...process.env, ...tool.env },
    ...(argv0 === undefined ? {} : { argv0 }),
  });
}

/** The distribution's names for itself, as far as they decide which packages fit. */
export interface Distribution {
  /** Such as `debian-12`. */
  id: string;
  /** Such as `bookworm`. */
  codename: string;
}

/** Reads what distribution this is. */
export async function readDistribution(): Promise<Distribution> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const value = (name: string) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? '';
  return { id: `${value('ID')}-${value('VERSION_ID')}`, codename: value('VERSION_CODENAME') };
}
