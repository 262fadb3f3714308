import { checkPath, checkText, copyList } from './check.ts';
import { invalidArgument } from './errors.ts';
import type { FindingCommand } from './finding.ts';

const mostTextBytes = 4095;
const mostWords = 1000;

/** A copy of a command, so that what is checked is what is run. @internal */
export function checkCommand(given: FindingCommand): FindingCommand {
  const { program, path, text } = Object(given) as { program?: string[]; path?: string; text?: string };
  const hint = 'pass what diagnose() found';
  if (program === undefined)
    return { path: checkPath('path', path), text: checkText('text', text, mostTextBytes) };
  const words = copyList('program', program, mostWords, hint);
  for (const [i, word] of words.entries()) checkText(`program[${i}]`, word, mostTextBytes);
  if (words.length === 0) throw invalidArgument('program is empty', hint);
  return { program: words };
}

/** A command as a person types it. @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` */
export function commandLine(given: FindingCommand): string {
  const command = checkCommand(given);
  if ('program' in command) return ['sudo', ...command.program].join(' ');
  return `echo ${command.text.trim()} | sudo tee ${command.path}`.replace('echo  |', 'echo |');
}
