import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { commandLine } from '../core/command-line.ts';
import { PmdError } from '../core/errors.ts';
import type { FindingCommand } from '../core/finding.ts';
import { allCommandsOf, type Finding } from './finding.ts';
import { checkHost, Host } from './host.ts';

const execute = promisify(execFile);

/**
 * Runs the commands of a finding on a machine, in order, as this user.
 *
 * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` before anything is run. `ERR_PMD_ACCESS` for the first that fails. Those before it have taken effect; {@link diagnose} says what is left.
 */
export async function applyFix(finding: Finding, host: Host = new Host()): Promise<void> {
  checkHost(host);
  for (const command of allCommandsOf(finding)) await run(command, host);
}

async function run(command: FindingCommand, host: Host): Promise<void> {
  try {
    if ('path' in command) await write(host.root + command.path, command.text);
    else await execute(...programOf(command, host));
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    const isDenied = code === 'EACCES' || code === 'EPERM' || process.getuid?.() !== 0;
    const hint = isDenied ? 'run it as root' : 'look for the reason in `sudo dmesg`';
    throw new PmdError('ERR_PMD_ACCESS', `${commandLine(command)}: ${stderr?.trim() || message}`, { hint });
  }
}

/** A program changes this machine, whatever tree the finding came from. */
function programOf({ program }: { program: string[] }, { root }: Host): [string, string[]] {
  if (root === '') return [program[0]!, program.slice(1)];
  throw new Error('programs run on this machine only, and not on a recorded tree');
}

/** Writes as the kernel's files want it: in one call, to a file that is there. */
async function write(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY);
  try {
    await file.write(text);
  } finally {
    await file.close();
  }
}
