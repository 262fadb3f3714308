import { fstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from './exit.ts';

/** The standard streams, where a file is asked for. */
export const standardStream = '-';

/** A file that the command line names, and where. */
export interface NamedFile {
  /** Such as `--csv`. */
  what: string;
  path: string;
}

/** Whether the path is that of standard input. */
export function isStdin(path: string): boolean {
  return path === standardStream || namesOf(0).includes(path);
}

/** Whether what is written to the path would be among standard output: by one of its names, or because it is the same file or pipe. */
export function isStdout(path: string): boolean {
  if (path === standardStream || namesOf(1).includes(path)) return true;
  const [stream, found] = [tryStat(() => fstatSync(1)), tryStat(() => statSync(path))];
  if (stream === undefined || found === undefined) return false;
  // Several outputs may share /dev/null or a terminal.
  return !stream.isCharacterDevice() && inodeOf(stream) === inodeOf(found);
}

function namesOf(fd: 0 | 1): string[] {
  return [fd === 0 ? '/dev/stdin' : '/dev/stdout', `/dev/fd/${fd}`, `/proc/self/fd/${fd}`];
}

/** Refuses files that would be written twice, or written over while they are read: by any path or link. */
export function checkFiles(reads: readonly NamedFile[], writes: readonly NamedFile[]): void {
  const seen = new Map<string, NamedFile & { isRead: boolean }>();
  for (const file of reads) {
    const identity = identityOf(file.path, 0);
    if (identity !== undefined) seen.set(identity, { ...file, isRead: true });
  }
  for (const file of writes) {
    const identity = identityOf(file.path, 1);
    if (identity === undefined) continue;
    const other = seen.get(identity);
    if (other !== undefined) throw clash(other, file);
    seen.set(identity, { ...file, isRead: false });
  }
}

function clash(other: NamedFile & { isRead: boolean }, file: NamedFile): UsageError {
  const where = isStdout(file.path) ? 'stdout' : file.path;
  if (!other.isRead) {
    return new UsageError(
      `${other.what} and ${file.what} both write to ${where}: use one of them, or two files`,
    );
  }
  return new UsageError(`${file.what} would write over ${where}, which is read: name another file`);
}

/** What two names of one file have in common; undefined for what may be several things at once, as /dev/null and terminals. */
function identityOf(path: string, fd: 0 | 1): string | undefined {
  if (fd === 1 && isStdout(path)) return identityOfStream(1);
  if (fd === 0 && isStdin(path)) return identityOfStream(0);
  const found = tryStat(() => statSync(path));
  if (found === undefined) return realPathOf(path);
  return found.isCharacterDevice() ? undefined : inodeOf(found);
}

function identityOfStream(fd: 0 | 1): string {
  const found = tryStat(() => fstatSync(fd));
  return found === undefined || found.isCharacterDevice() ? `stream ${fd}` : inodeOf(found);
}

function inodeOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/** Of a file that may not be there yet. */
function realPathOf(path: string): string {
  return tryPath(path) ?? join(tryPath(dirname(path)) ?? dirname(path), basename(path));
}

function tryStat(stat: () => Stats): Stats | undefined {
  try {
    return stat();
  } catch {
    return undefined;
  }
}

function tryPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
