import { lstat, readlink } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { LabError } from './lab-error.ts';

const mostLinks = 40;
const [sticky, writableByOthers] = [0o1000, 0o022];

/**
 * Refuses a path that another user may change: what the lab keeps there is run, maybe as root. Each component and each link on
 * the way belongs to this user or to root, and nobody else may write to it. A sticky directory such as /tmp may be on the way.
 */
export async function checkTrustedPath(path: string): Promise<void> {
  let at: string = sep;
  let rest = resolve(path).split(sep).filter(Boolean);
  for (let links = 0; rest.length > 0; ) {
    const next = join(at, rest[0]!);
    const status = await lstat(next);
    rest = rest.slice(1);
    checkOwner(path, next, status.uid);
    if (status.isSymbolicLink()) {
      if (++links > mostLinks) throw untrusted(path, `${next} is a link in a circle`);
      const target = resolve(at, await readlink(next));
      rest = [...target.split(sep).filter(Boolean), ...rest];
      at = sep;
      continue;
    }
    const isOnTheWay = rest.length > 0 && (status.mode & sticky) !== 0;
    if ((status.mode & writableByOthers) !== 0 && !isOnTheWay)
      throw untrusted(path, `others may write to ${next}`, `run: chmod go-w '${next}'`);
    at = next;
  }
}

function checkOwner(path: string, component: string, uid: number): void {
  if (uid === 0 || uid === process.geteuid?.()) return;
  throw untrusted(path, `${component} belongs to user ${uid}`);
}

function untrusted(path: string, reason: string, cure?: string): LabError {
  const elsewhere = 'set XDG_CACHE_HOME to a directory that only you can change';
  return new LabError(`what is in ${path} can't be trusted: ${reason}`, cure ?? elsewhere);
}
