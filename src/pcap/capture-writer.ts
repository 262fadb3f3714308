import { checkInteger, checkOneOf, checkOptions } from '../core/check.ts';
import { describe, invalidArgument, PmdError } from '../core/errors.ts';
import { parseMac } from '../core/mac.ts';
import { ClassicEncoder } from './classic-encoder.ts';
import type { CaptureStatistics, Encoder, InterfaceDescription } from './encoder.ts';
import { type CapturedFrame, type CaptureFormat, linkTypeEthernet, maxCapturedBytes } from './frame.ts';
import { createFile, OutputFile, type WritableFile } from './output-file.ts';
import { PcapngEncoder } from './pcapng-encoder.ts';

const defaultBufferBytes = 2 ** 20;
const minBufferBytes = 2 ** 19;
const maxTextBytes = 1024;
const maxInterfaces = 1024;

/** How a capture file is written. */
export interface CaptureWriterOptions {
  format: CaptureFormat;
  /** Where frames come from. pcap has room for one; of it only the link type is kept. Default: one that says nothing. */
  interfaces?: readonly InterfaceDescription[];
  /** Most bytes to keep of a frame, 1 to 262144, which is the default. */
  snapLength?: number;
  /** Of each of the two buffers, 524288 to 2^30. Default 1 MiB. */
  bufferBytes?: number;
  /** What pcapng says of who captured: the program, its system, the machine. */
  application?: string;
  os?: string;
  hardware?: string;
}

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
  write(frame: CapturedFrame): boolean {
    if (this.#closing !== undefined) throw closedError(this.path);
    this.#check(frame);
    const captured = Math.min(frame.capturedLength, this.#snapLength);
    const bytes = this.#encoder.recordBytes(frame, captured);
    const buffer = this.#output.reserve(bytes);
    if (buffer === undefined) return false;
    this.#encoder.encode(frame, captured, buffer);
    buffer.used += bytes;
    this.frames++;
    return true;
  }

  #check(frame: CapturedFrame): void {
    const { interfaceIndex, seconds, nanoseconds, originalLength, capturedLength, bytes, position } = frame;
    const fault =
      wrong('interfaceIndex', interfaceIndex, 0, this.#interfaces - 1) ??
      wrong('seconds', seconds, 0, this.#encoder.maxSeconds) ??
      wrong('nanoseconds', nanoseconds, 0, 999_999_999) ??
      wrong('capturedLength', capturedLength, 0, maxCapturedBytes) ??
      wrong('originalLength', originalLength, capturedLength, 2 ** 32 - 1) ??
      wrong('position', position, 0, bytes.length - capturedLength);
    if (fault !== undefined) throw fault;
  }

  /** Waits until everything taken so far is in the file. @throws {CaptureFileError} */
  async flush(): Promise<void> {
    await this.#output.flush();
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
      const records = statistics === undefined ? [] : this.#encoder.statistics(statistics);
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
  checkWriterOptions(options);
  return await startCapture(path, await createFile(path), options);
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

function checkWriterOptions(options: CaptureWriterOptions): void {
  checkOptions('options', options, [
    'format',
    'interfaces',
    'snapLength',
    'bufferBytes',
    'application',
    'os',
    'hardware',
  ]);
  checkOneOf('format', options.format, ['pcap', 'pcapng']);
  checkInteger('snapLength', options.snapLength ?? maxCapturedBytes, 1, maxCapturedBytes);
  checkInteger('bufferBytes', options.bufferBytes ?? defaultBufferBytes, minBufferBytes, 2 ** 30);
  const interfaces = options.interfaces ?? [{}];
  checkInteger('number of interfaces', interfaces.length, 1, options.format === 'pcap' ? 1 : maxInterfaces);
  interfaces.forEach(checkInterface);
  for (const name of ['application', 'os', 'hardware'] as const) checkText(name, options[name]);
}

function checkInterface(description: InterfaceDescription, index: number): void {
  const name = `interfaces[${index}]`;
  checkOptions(name, description, ['name', 'description', 'mac', 'speedMbps', 'linkType']);
  checkText(`${name}.name`, description.name);
  checkText(`${name}.description`, description.description);
  if (description.mac !== undefined) parseMac(description.mac);
  checkInteger(`${name}.speedMbps`, description.speedMbps ?? 0, 0, 1e9);
  checkInteger(`${name}.linkType`, description.linkType ?? linkTypeEthernet, 0, 0xffff);
}

function checkText(name: string, text: string | undefined): void {
  if (text === undefined || (typeof text === 'string' && Buffer.byteLength(text) <= maxTextBytes)) return;
  throw invalidArgument(`${name} is ${describe(text)}`, `use text of at most ${maxTextBytes} bytes`);
}
