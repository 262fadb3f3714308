import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { commandLine } from '../core/command-line.ts';
import { PmdError } from '../core/errors.ts';
import type { FindingCommand } from '../core/finding.ts';
import type { Host } from './host.ts';

/** One thing to do to a machine: a {@link FindingCommand}, or a file to write whole, or to remove. */
export type HostCommand =
  | FindingCommand
  | {
      /** Of the administrator's, in /etc. */
      file: string;
      /** What it is to hold; null: it is to go. */
      content: string | null;
    };

/** Where the lock is, and the list of changes. */
export const stateDirectory = '/run/vfio-pmd';

/** A command, and what undoes it. */
export interface Change {
  command: HostCommand;
  undo?: HostCommand[];
}

/** A command as people read it. */
export function changeLine(command: HostCommand): string {
  if (!('file' in command)) return commandLine(command);
  return command.content === null ? `sudo rm ${command.file}` : `write ${command.file}`;
}

/**
 * Makes changes in order. When one fails, or what they were for has not come about, those that are made are undone, the last first.
 *
 * @throws {PmdError} of the first that fails.
 */
export async function makeChanges(
  host: Host,
  changes: readonly Change[],
  check: () => void,
  tell: (command: HostCommand) => void,
): Promise<void> {
  const made: Change[] = [];
  try {
    for (const change of changes) {
      tell(change.command);
      await apply(change.command, host);
      await writeDown(host, change.command);
      made.push(change);
    }
    check();
  } catch (error) {
    const left = await undo(host, made);
    if (left.length === 0 || !(error instanceof PmdError)) throw error;
    const hint = `${error.hint ?? ''}; what could not be undone: ${left.map(changeLine).join(' && ')}`;
    throw new PmdError(error.code, error.message, { hint });
  }
}

/** Who asks what was changed on this machine since it was booted finds it there. */
async function writeDown(host: Host, command: HostCommand): Promise<void> {
  const line = `${new Date().toISOString()} pid ${process.pid}: ${changeLine(command)}\n`;
  await appendFile(`${host.root}${stateDirectory}/changes`, line);
}

/** Returns what failed. One that fails does not keep the others from being tried. */
async function undo(host: Host, made: readonly Change[]): Promise<HostCommand[]> {
  const left: HostCommand[] = [];
  for (const { undo: commands = [] } of made.toReversed())
    for (const command of commands)
      await apply(command, host).catch(({ errno }: PmdError) => {
        // Of a driver that does not have the device: there is nothing to undo.
        if (errno !== constants.errno.ENODEV) left.push(command);
      });
  return left;
}

/** Does one thing, as this user. */
export async function apply(command: HostCommand, host: Host): Promise<void> {
  try {
    if ('file' in command) await replaceFile(host.root + command.file, command.content);
    else if ('path' in command) await host.write(command.path, command.text);
    else await host.run(command.program);
  } catch (error) {
    const { stderr, message, code, errno = 0 } = error as NodeJS.ErrnoException & { stderr?: string };
    const what = `${changeLine(command)}: ${stderr?.trim() || host.shown(message)}`;
    throw new PmdError('ERR_PMD_ACCESS', what, { hint: hintOf(code), errno: -errno });
  }
}

function hintOf(code: string | undefined): string {
  if (code === 'EROFS') return '/sys is read-only here, as in a container: run it on the host';
  const isDenied = code === 'EACCES' || code === 'EPERM' || process.getuid?.() !== 0;
  return isDenied ? 'run it as root' : 'look for the reason in `sudo dmesg`';
}

/** The file is the old or the new one at any time. A link in its place is replaced, and not followed. */
async function replaceFile(path: string, content: string | null): Promise<void> {
  if (content === null) return await rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.new`;
  await rm(aside, { force: true });
  await writeFile(aside, content, { flag: 'wx', mode: 0o644 });
  await rename(aside, path);
}
