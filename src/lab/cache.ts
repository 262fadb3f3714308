import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { checkTrustedPath } from './trusted-path.ts';

/** Where the lab keeps what it fetched: `$XDG_CACHE_HOME/vfio-pmd/lab`, else `~/.cache/vfio-pmd/lab`. */
export function defaultCacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vfio-pmd', 'lab');
}

/**
 * Makes the cache's directory where it is not there yet.
 *
 * @returns its path, which nobody but this user and root can change.
 */
export async function openCache(directory: string): Promise<string> {
  const path = resolve(directory);
  const ownerOnly = 0o700;
  await mkdir(path, { recursive: true, mode: ownerOnly });
  await checkTrustedPath(path);
  return path;
}

// Whatever the umask: what others may write to is not trusted.
const directoryMode = 0o755;

/** A short name for "exactly these inputs". */
export function cacheKey(...inputs: readonly string[]): string {
  return createHash('sha256').update(inputs.join('\0')).digest('hex').slice(0, 16);
}

/** The JSON in a file, or undefined when there is no such file or it is not whole. */
export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Puts a file where others may be reading: written aside, then renamed, so nobody sees half of it. */
export async function publishFile(file: string, data: string | Buffer): Promise<void> {
  const aside = asideName(file);
  await mkdir(dirname(file), { recursive: true, mode: directoryMode });
  await writeFile(aside, data, { mode: 0o644 });
  await rename(aside, file);
}

/**
 * Fills a directory aside and renames it into place. Of several processes that do so at once, the first
 * wins and the others drop their copy; a filler that fails leaves nothing behind.
 */
export async function publishDirectory(
  directory: string,
  fill: (aside: string) => Promise<void>,
): Promise<void> {
  await removeAbandoned(directory);
  const aside = asideName(directory);
  await mkdir(aside, { recursive: true, mode: directoryMode });
  try {
    await fill(aside);
    await rename(aside, directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

const daysUnused = 30;
/** The name of the stamp in a directory of fetched things. It is written last: a directory that has one is whole. */
export const stampName = 'stamp.json';
// As cacheKey() ends them: what is called otherwise is not ours.
const entryFile = /^(initramfs-[0-9a-f]{16}\.cpio|kvm-[0-9a-f]{16}\.json)$/;
const entryDirectory = /^(kernel|packages|tools)-[0-9a-f]{16}$/;

/** Keeps an entry of the cache from {@link removeUnused} for another while. */
export async function markUsed(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // a cache that is shared may be another user's
}

/**
 * Removes what no lab has used for a month: other versions' initramfs, superseded packages, answers from before the last boot.
 * To be called whenever something was added. Every lab marks what it uses when it starts, and so keeps it.
 */
export async function removeUnused(cacheDirectory: string, days = daysUnused): Promise<void> {
  const limit = Date.now() - days * 86_400_000;
  const names = await readdir(cacheDirectory).catch(() => []);
  for (const path of names.map((name) => join(cacheDirectory, name))) {
    const status = await lstat(path).catch(() => undefined);
    if (status && status.mtimeMs < limit && (await isEntry(path))) await discard(path).catch(() => undefined);
  }
}

/** Whether a lab made it: by its name, its owner and, of a directory, its stamp. */
async function isEntry(path: string): Promise<boolean> {
  const status = await lstat(path);
  if (status.uid !== process.geteuid?.()) return false;
  if (status.isFile()) return entryFile.test(basename(path));
  if (!status.isDirectory() || !entryDirectory.test(basename(path))) return false;
  const stamp = await readJson<{ packages?: unknown }>(join(path, stampName));
  return Array.isArray(stamp?.packages);
}

/** Removes an entry of the cache. What is there and no lab has made stays. */
export async function discardEntry(path: string): Promise<void> {
  if (await isEntry(path).catch(() => false)) await discard(path);
}

/** Moves a file or directory away before removing it, so that nobody finds half of it. */
async function discard(path: string): Promise<void> {
  const aside = asideName(path);
  const isMoved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (isMoved) await rm(aside, { recursive: true });
}

/** A directory for intermediate work, made when first needed. */
export class ScratchDirectory {
  readonly #path: string;
  #made: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async make(): Promise<string> {
    await removeAbandoned(this.#path);
    this.#made ??= asideName(this.#path);
    await mkdir(this.#made, { recursive: true });
    return this.#made;
  }

  async remove(): Promise<void> {
    if (this.#made !== undefined) await rm(this.#made, { recursive: true, force: true });
  }
}

const asideMark = '.aside-';
const asideEnd = /^(\d+)-[0-9a-f]{8}$/;

/** A name next to `path` that says which process works there. */
function asideName(path: string): string {
  return `${path}${asideMark}${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** A killed setup leaves hundreds of megabytes; the process id in the name tells whether anyone still works on it. */
async function removeAbandoned(directory: string): Promise<void> {
  const prefix = `${basename(directory)}${asideMark}`;
  const names = await readdir(dirname(directory)).catch(() => []);
  for (const name of names.filter((candidate) => candidate.startsWith(prefix))) {
    const pid = asideEnd.exec(name.slice(prefix.length))?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(dirname(directory), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
