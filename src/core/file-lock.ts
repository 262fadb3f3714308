import { addon, completion } from './native.ts';

/** Waits until this process alone has the lock of an open file. It ends with the descriptor, also when the process is killed. */
export async function lockFile(fd: number): Promise<void> {
  await completion<void>((done) => addon.lockFile(fd, done));
}
