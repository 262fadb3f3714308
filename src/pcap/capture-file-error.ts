import { getSystemErrorMap } from 'node:util';
import { PmdError } from '../core/errors.ts';

/**
 * A capture file that can't be read or written: `ERR_PMD_CAPTURE_FILE`. `errno` and `syscall` say what the kernel refused;
 * without them, the file's contents are at fault.
 */
export class CaptureFileError extends PmdError {
  /**
   * When reading: the byte of the file where the fault is. When writing: how many bytes of the file are good. Undefined
   * when the file could not be opened.
   */
  readonly offset: number | undefined;
  /** What should have stood there. Undefined when it was the kernel that refused. */
  readonly expected: string | undefined;

  constructor(
    message: string,
    details: { offset?: number; expected?: string; hint?: string; errno?: number; syscall?: string } = {},
  ) {
    super('ERR_PMD_CAPTURE_FILE', message, details);
    this.offset = details.offset;
    this.expected = details.expected;
  }
}

/** A fault in the contents of `file`. */
export function fileFault(
  file: string,
  offset: number,
  { found, expected, hint }: { found: string; expected: string; hint?: string },
): CaptureFileError {
  const details = hint === undefined ? {} : { hint };
  return new CaptureFileError(`${file}: byte ${offset}: found ${found}, expected ${expected}`, {
    offset,
    expected,
    ...details,
  });
}

/** What the kernel said of `file`, in words; an error that is not the kernel's comes back as it was. */
export function systemFault(
  file: string,
  error: unknown,
  details: { offset?: number; hint?: string },
): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { errno, syscall } = error as NodeJS.ErrnoException;
  if (errno === undefined || syscall === undefined) return error;
  const reason = getSystemErrorMap().get(errno)?.[1] ?? error.message;
  return new CaptureFileError(`${file}: ${reason}`, { ...details, errno: Math.abs(errno), syscall });
}
