import type { ObstacleFinding } from './finding.ts';
import { printable } from './printable.ts';

/** The addon's codes, in its order. */
export const nativeErrorCodes = [
  'ERR_PMD_INVALID_ARGUMENT',
  'ERR_PMD_ADDRESS',
  'ERR_PMD_NO_DEVICE',
  'ERR_PMD_UNSUPPORTED_DEVICE',
  'ERR_PMD_NOT_BOUND',
  'ERR_PMD_GROUP_NOT_VIABLE',
  'ERR_PMD_NO_IOMMU',
  'ERR_PMD_ACCESS',
  'ERR_PMD_BUSY',
  'ERR_PMD_MEMLOCK',
  'ERR_PMD_NO_MEMORY',
  'ERR_PMD_THREADS',
  'ERR_PMD_DESCRIPTORS',
  'ERR_PMD_DMA',
  'ERR_PMD_VFIO',
  'ERR_PMD_PEER_SILENT',
  'ERR_PMD_PEER_REFUSED',
  'ERR_PMD_DEVICE_TIMEOUT',
  'ERR_PMD_POOL_TOO_SMALL',
  'ERR_PMD_POOL_MISMATCH',
  'ERR_PMD_NOT_OWNER',
  'ERR_PMD_FRAME_LENGTH',
  'ERR_PMD_CLOSED',
  'ERR_PMD_REMOVED',
  'ERR_PMD_CAPTURE_FILE',
  'ERR_PMD_INTERNAL',
] as const;

/** Codes about what only TypeScript does, and what they mean. */
export const ownErrorCodes = {
  ERR_PMD_NOT_SENT: 'The device has not sent all that it was given, within the time that was allowed',
  ERR_PMD_NO_LIBRARY: 'A library of the system is missing that what was asked for needs',
  ERR_PMD_LAB: 'The lab cannot be set up, or its guest failed before the command could end',
  ERR_PMD_PROGRAM: 'A WebAssembly program trapped, or cannot be used with the pool',
  ERR_PMD_SCRIPT: 'A script of `pmd-bench fwd --script` does not load, or threw an error',
  ERR_PMD_NO_BINARY: 'The package has no native binary for this system, or it does not load',
} as const;

/** What `PmdError.code` can be. What each means, and what to do, is in docs/errors.md. */
export type PmdErrorCode = NativeErrorCode | keyof typeof ownErrorCodes;

/** Those that the addon has, too. */
export type NativeErrorCode = (typeof nativeErrorCodes)[number];

/** What a {@link PmdError} carries beside its message. */
export interface PmdErrorDetails {
  /** The next thing to do, for the person who reads it. */
  hint?: string | undefined;
  /** The port's address. */
  address?: string | undefined;
  /** The kernel's error number, where it was the kernel that said no. */
  errno?: number | undefined;
  /** The system call that failed. */
  syscall?: string | undefined;
}

/** Every error of this package. The message ends with the hint, so that an uncaught one says what to do. */
export class PmdError extends Error {
  override readonly name = 'PmdError';
  readonly code: PmdErrorCode;
  // Declared and not defined, so that what an error does not have is not printed.
  /** The next thing to do, for the person who reads it. */
  declare readonly hint?: string;
  /** The port's address. */
  declare readonly address?: string;
  /** The kernel's error number, where it was the kernel that said no. */
  declare readonly errno?: number;
  /** The system call that failed. */
  declare readonly syscall?: string;
  /** Of `openPort` and a PCI address: the same as data, with the commands that put it right. */
  declare finding?: ObstacleFinding;

  constructor(code: PmdErrorCode, message: string, details: PmdErrorDetails = {}) {
    const { hint, address, errno, syscall } = details;
    const subject = address !== undefined && !message.includes(address) ? `${address}: ${message}` : message;
    super(hint === undefined ? subject : `${subject} (${hint})`);
    this.code = code;
    if (hint !== undefined) this.hint = hint;
    if (address !== undefined) this.address = address;
    if (errno !== undefined) this.errno = errno;
    if (syscall !== undefined) this.syscall = syscall;
  }
}

/** An error about an argument, thrown before anything has changed. */
export function invalidArgument(message: string, hint: string): PmdError {
  return new PmdError('ERR_PMD_INVALID_ARGUMENT', message, { hint });
}

/** What every use of a closed pool says. */
export function closedPool(): PmdError {
  return new PmdError('ERR_PMD_CLOSED', 'the pool is closed', { hint: 'create another' });
}

/** Refuses memory that has been moved away, by `ArrayBuffer.prototype.transfer`. */
export function checkMemory(bytes: ArrayBufferView | ArrayBuffer): void {
  if (bytes.byteLength > 0) return;
  throw new PmdError('ERR_PMD_CLOSED', 'the memory of the pool was moved to another ArrayBuffer', {
    hint: 'do not transfer pool.bytes.buffer: another thread attaches with pool.token',
  });
}

/** Shows a value in an error message without trusting it: its type, and a short form of simple ones. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string')
    return printable(JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value));
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return `a value of type ${typeof value}`;
}
