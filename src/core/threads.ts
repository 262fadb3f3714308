import { checkInteger } from './check.ts';
import { addon } from './native.ts';

/**
 * Has the calling thread run on CPU `cpu` alone, so that the scheduler moves neither it nor what its caches hold. Worth it
 * for a thread that does nothing but poll, on a CPU that nothing else uses.
 *
 * Threads that the caller starts later inherit it: open ports first, because the first one starts the threads that serve
 * them.
 *
 * @param cpu as in `/proc/cpuinfo`.
 * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` when the process may not use that CPU.
 */
export function pinThread(cpu: number): void {
  addon.pinThread(checkInteger('cpu', cpu, 0, 8191));
}
