import type { ByteWindow } from './byte-window.ts';
import { fileFault } from './capture-file-error.ts';
import type { CaptureFormat, CaptureRecord } from './frame.ts';

/** What a decoder reads from. */
export interface DecoderInput {
  readonly window: ByteWindow;
  /** What errors call it. */
  readonly file: string;
}

/** Reads one format out of a window. */
export interface FormatDecoder {
  readonly format: CaptureFormat;
  /** Fills the record with the next frame and consumes it from the window; false when the window does not have all of it. */
  next(record: CaptureRecord): boolean;
  /** Whether frames may follow: what a file of this format begins with has been read. */
  readonly begun: boolean;
  /** Bytes to come before the file may end, beyond what the window has. Meant for after `next` was false. */
  readonly missing: number;
  /** Where in the file that begins which they are missing from. */
  readonly recordOffset: number;
}

/** Throws about what stands `at` bytes from the window's start. */
export function fault(
  { window, file }: DecoderInput,
  at: number,
  what: { found: string; expected: string; hint?: string },
): never {
  throw fileFault(file, window.fileOffset + at, what);
}

/** Shows a number of a file's as its hexadecimal digits. */
export function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
