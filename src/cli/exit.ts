import { PmdError, type PmdErrorCode } from '../core/errors.ts';
import { printable, printableLine } from '../core/printable.ts';
import { DocumentError } from '../documents/read-results.ts';
import { paint } from './style.ts';

export const ExitCode = { ok: 0, failure: 1, usage: 2, unmet: 3 } as const;

export const exitCodesHelp = `Exit codes:
  0  the result is complete, also when SIGINT, SIGTERM or SIGHUP ended the run
  1  a port could not be opened, or failed during the run, or the result could not be written
  2  the command line is wrong
  3  nothing arrived where it was to, or --max-loss, --min-rate or --max-latency does not hold`;

/** What the command line got wrong, as the user is told. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An output that can't be written, as the user is told. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

const usageCodes: readonly PmdErrorCode[] = [
  'ERR_PMD_INVALID_ARGUMENT',
  'ERR_PMD_ADDRESS',
  'ERR_PMD_POOL_TOO_SMALL',
];

/** Says on one line what is wrong and what to do. A mistake of this program's own keeps its stack. */
export function failWith(error: unknown): void {
  if (error instanceof UsageError || error instanceof DocumentError) fail(error.message, ExitCode.usage);
  else if (error instanceof OutputError) fail(error.message, ExitCode.failure);
  else if (!(error instanceof PmdError)) failByMistake(error);
  else fail(error.message, usageCodes.includes(error.code) ? ExitCode.usage : ExitCode.failure);
}

function failByMistake(error: unknown): void {
  process.stderr.write(`${printable((error as Error)?.stack ?? String(error))}\n`);
  process.exitCode = ExitCode.failure;
}

/** Writes an error's line, and makes the process end with the code. */
export function fail(message: string, exitCode: number): void {
  process.stderr.write(`${paint(process.stderr, 'red', 'error:')} ${printableLine(message)}\n`);
  process.exitCode = exitCode;
}
