import { Command } from 'commander';
import { printableLine } from '../core/printable.ts';
import { type ChangeOptions, changeLine, type HostCommand } from '../devices/index.ts';

/** What every command that changes the machine has. */
export interface ChangeFlags {
  dryRun?: true;
  force?: true;
}

export const changeHelp = `
Each command is shown before it runs; what fails halfway is undone, and /run/vfio-pmd/changes keeps a list. Run again, it does only what is
missing, also after it was killed. Two at once take turns. Needs root.

Exit codes:
  0  all is as it is to be
  1  it is refused, or failed, and what it began is undone
  2  the command line is wrong`;

/** A command that changes the machine, with `--dry-run`. */
export function changeCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('-n, --dry-run', 'show the commands, and run none');
}

/** What the flags mean to the library; commands are shown as they come. */
export function changeOptionsOf({ dryRun, force }: ChangeFlags): ChangeOptions {
  const onCommand = (command: HostCommand) => {
    process.stdout.write(`${printableLine(changeLine(command))}\n`);
  };
  return { dryRun: dryRun === true, force: force === true, onCommand };
}

/** Says it when there was nothing to do, and what comes next. */
export function tellEnd(commands: readonly HostCommand[], next: string): void {
  const text = `${commands.length === 0 ? 'Nothing to do. ' : ''}${next}`.trim();
  if (text !== '') process.stderr.write(`${printableLine(text)}\n`);
}
