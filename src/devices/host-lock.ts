import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { PmdError } from '../core/errors.ts';
import { lockFile } from '../core/file-lock.ts';
import { stateDirectory as directory } from './change.ts';
import type { Host } from './host.ts';

/**
 * Runs what changes a machine while no other process does. Others wait. The lock ends with its process, however that ends.
 *
 * @throws {PmdError} `ERR_PMD_ACCESS` for users that may not change the machine.
 */
export async function withHostLock<T>(host: Host, work: () => Promise<T>): Promise<T> {
  const file = await openLock(host.root + directory);
  try {
    await lockFile(file.fd);
    return await work();
  } finally {
    await file.close();
  }
}

async function openLock(place: string) {
  try {
    await mkdir(place, { recursive: true, mode: 0o755 });
    return await open(`${place}/lock`, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    const { message, errno = 0 } = error as NodeJS.ErrnoException;
    throw new PmdError('ERR_PMD_ACCESS', `cannot lock ${directory}/lock: ${message}`, {
      hint: 'run it as root',
      errno: -errno,
      syscall: 'open',
    });
  }
}
