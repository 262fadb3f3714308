import { bytesIn, checkOneOf, checkPath } from '../core/check.ts';
import { describe, invalidArgument, PmdError } from '../core/errors.ts';
import { ClassicEncoder } from './classic-encoder.ts';
import type { CaptureStatistics, Encoder } from './encoder.ts';
import { type CapturedFrame, type CaptureFormat, linkTypeEthernet, maxCapturedBytes } from './frame.ts';
import { createFile, OutputFile, type WritableFile } from './output-file.ts';
import { PcapngEncoder } from './pcapng-encoder.ts';
import {
  type CaptureWriterOptions,
  checkStatistics,
  checkWriterOptions,
  defaultBufferBytes,
} from './writer-options.ts';

const directions = ['unknown', 'inbound', 'outbound'] as const;

/**
 * Writes a capture file with times in nanoseconds. Frames are collected in one buffer while another is on its way to the
 * disk; a frame that is in a pool costs no allocation.
 *
 * When the disk refuses (full, gone), the file is cut to the last whole frame, and the next call throws.
 */
export class CaptureWriter implements AsyncDisposable {
  readonly format: CaptureFormat;
  readonly path: string;
  /** Frames taken so far. */
  frames = 0;
  readonly #output: OutputFile;
  readonly #encoder: Encoder;
  readonly #interfaces: number;
  readonly #snapLength: number;
  /** A copy of the frame to be written: what is checked is what is used. */
  readonly #frame: CapturedFrame = {
    interfaceIndex: 0,
    seconds: 0,
    nanoseconds: 0,
    direction: 'unknown',
    originalLength: 0,
    capturedLength: 0,
    bytes: new Uint8Array(0),
    position: 0,
  };
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(
    output: OutputFile,
    encoder: Encoder,
    options: Required<Pick<CaptureWriterOptions, 'format' | 'snapLength' | 'interfaces'>>,
  ) {
    this.format = options.format;
    this.path = output.path;
    this.#output = output;
    this.#encoder = encoder;
    this.#interfaces = options.interfaces.length;
    this.#snapLength = options.snapLength;
  }

  /** Bytes that are in the file, all of them whole records. */
  get writtenBytes(): number {
    return this.#output.goodBytes;
  }

  /**
   * Takes a copy of the frame, cut to the snap length. False while the disk does not keep up: then nothing was taken, and trying
   * again helps only once the event loop has turned.
   *
   * @throws {CaptureFileError} when the file can't be written. `ERR_PMD_INVALID_ARGUMENT` for a frame that can't be.
   */
  write(given: CapturedFrame): boolean {
    if (this.#closing !== undefined) throw closedError(this.path);
    const frame = this.#checked(given);
    const captured = Math.min(frame.capturedLength, this.#snapLength);
    const bytes = this.#encoder.recordBytes(frame, captured);
    const buffer = this.#output.reserve(bytes);
    if (buffer === undefined) return false;
    this.#encoder.encode(frame, captured, buffer);
    buffer.used += bytes;
    this.frames++;
    return true;
  }

  #checked(given: CapturedFrame): CapturedFrame {
    if (typeof given !== 'object' || given === null)
      throw invalidArgument(`frame is ${describe(given)}`, 'pass bytes, their position, a time, …');
    const frame = this.#frame;
    frame.interfaceIndex = given.interfaceIndex;
    frame.seconds = given.seconds;
    frame.nanoseconds = given.nanoseconds;
    frame.direction = given.direction;
    frame.originalLength = given.originalLength;
    frame.capturedLength = given.capturedLength;
    frame.bytes = given.bytes;
    frame.position = given.position;
    const { interfaceIndex, seconds, nanoseconds, originalLength, capturedLength, bytes, position } = frame;
    const length = bytesIn(bytes);
    if (length === undefined)
      throw invalidArgument(`bytes of the frame is ${describe(bytes)}`, 'use a Uint8Array');
    checkOneOf('direction of the frame', frame.direction, directions);
    const fault =
      wrong('interfaceIndex', interfaceIndex, 0, this.#interfaces - 1) ??
      wrong('seconds', seconds, 0, this.#encoder.maxSeconds) ??
      wrong('nanoseconds', nanoseconds, 0, 999_999_999) ??
      wrong('capturedLength', capturedLength, 0, maxCapturedBytes) ??
      wrong('originalLength', originalLength, capturedLength, 2 ** 32 - 1) ??
      wrong('position', position, 0, length - capturedLength);
    if (fault !== undefined) throw fault;
    return frame;
  }

  /** Waits until everything taken so far is in the file. @throws {CaptureFileError} */
  async flush(): Promise<void> {
    await (this.#closing ?? this.#output.flush());
  }

  /**
   * Ends the file, with what the interfaces counted if the format has room for that. Can be called again.
   *
   * @throws {CaptureFileError} when it can't be written; it is closed all the same.
   */
  close(statistics?: CaptureStatistics): Promise<void> {
    this.#closing ??= this.#close(statistics);
    return this.#closing;
  }

  async #close(statistics: CaptureStatistics | undefined): Promise<void> {
    try {
      let records: readonly Uint8Array[] = [];
      try {
        if (statistics !== undefined)
          records = this.#encoder.statistics(
            checkStatistics(statistics, this.#interfaces, this.#encoder.maxSeconds),
          );
      } finally {
        await this.#output.flush(); // frames are kept, whatever the statistics are
      }
      for (const record of records) await this.#output.append(record);
      await this.#output.flush();
    } finally {
      await this.#output.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Not checkInteger: its names and ranges would be made for every frame. */
function wrong(name: string, value: number, min: number, max: number): PmdError | undefined {
  if (Number.isInteger(value) && value >= min && value <= max) return undefined;
  return invalidArgument(
    `${name} of the frame is ${describe(value)}`,
    `use an integer from ${min} to ${max}`,
  );
}

function closedError(path: string): PmdError {
  return new PmdError('ERR_PMD_CLOSED', `${path}: the capture is closed`, { hint: 'create it again' });
}

/**
 * Creates a capture file, or empties one, and writes what it begins with. A pipe or `/dev/stdout` will do as well.
 *
 * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT`; {@link CaptureFileError} when the file can't be created or written.
 */
export async function createCapture(path: string, options: CaptureWriterOptions): Promise<CaptureWriter> {
  checkPath('path', path);
  const checked = checkWriterOptions(options);
  return await startCapture(path, await createFile(path), checked);
}

/** Begins a capture in a file that is open. @internal */
export async function startCapture(
  path: string,
  file: WritableFile,
  options: CaptureWriterOptions,
): Promise<CaptureWriter> {
  const { format, interfaces = [{}], snapLength = maxCapturedBytes } = options;
  const encoder =
    format === 'pcapng'
      ? new PcapngEncoder(options, interfaces, snapLength)
      : new ClassicEncoder(interfaces[0]?.linkType ?? linkTypeEthernet, snapLength);
  const bufferBytes = options.bufferBytes ?? defaultBufferBytes;
  const output = new OutputFile(path, file, bufferBytes, encoder.measureRecord);
  const writer = new CaptureWriter(output, encoder, { format, interfaces, snapLength });
  try {
    await output.begin(encoder.header());
  } catch (error) {
    await output.close();
    throw error;
  }
  return writer;
}
