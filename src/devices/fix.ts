import { apply } from './change.ts';
import { allCommandsOf, type Finding } from './finding.ts';
import { checkHost, Host } from './host.ts';

/**
 * Runs the commands of a finding on a machine, in order, as this user.
 *
 * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` before anything is run. `ERR_PMD_ACCESS` for the first that fails. Those before it have taken effect; {@link diagnose} says what is left.
 */
export async function applyFix(finding: Finding, host: Host = new Host()): Promise<void> {
  checkHost(host);
  for (const command of allCommandsOf(finding)) await apply(command, host);
}
