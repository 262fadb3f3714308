import type { PmdError } from './errors.ts';
import type { ObstacleFinding } from './finding.ts';
import { addon, completion } from './native.ts';

/**
 * What keeps this process from opening a PCI function and mapping `bytes` of memory for it: the reasons that `openPort` would give,
 * the first to put right first. `root` is where the tree of another machine lies, or ''.
 */
export async function findObstacles(
  address: string,
  root: string,
  bytes: number,
): Promise<ObstacleFinding[]> {
  return await completion<ObstacleFinding[]>((done) => addon.diagnose(address, root, bytes, done));
}

/** The PCI ids that drivers of this package know, such as `8086:10ca`. */
export function supportedDevices(): string[] {
  return addon.supportedDevices();
}

/**
 * Adds to an error of `openPort` for a PCI function the finding that applies: of the reasons that can be seen from without, the
 * one with the error's code. Where none can be seen any more, it is what the error itself says.
 */
export async function addFinding(error: PmdError, address: string, bytes: number): Promise<void> {
  if (!/^[\da-f]{4,8}:[\da-f]{2}:[\da-f]{2}\.[0-7]$/.test(address)) return;
  const seen = await findObstacles(address, '', Math.min(bytes, 2 ** 32 - 1)).catch(() => []);
  error.finding = seen.find(({ code }) => code === error.code) ?? findingOf(error, address);
}

function findingOf(
  { code, message, hint = 'look for the reason in `sudo dmesg`' }: PmdError,
  subject: string,
): ObstacleFinding {
  const id = code.replace('ERR_PMD_', '').toLowerCase().replaceAll('_', '-');
  const evidence = message.replace(` (${hint})`, '');
  const steps = [{ text: hint, commands: [] }];
  return { code, id, subject, evidence, why: 'The device cannot be opened.', steps };
}
