/**
 * Capture files, pcap and pcapng, in and out: frames with times in nanoseconds, in memory that does not grow with the file.
 * Reading knows both byte orders, both classic resolutions, and several sections and interfaces.
 *
 * @packageDocumentation
 */

export { CaptureDecoder } from './capture-decoder.ts';
export { CaptureFileError } from './capture-file-error.ts';
export { CaptureReader, type CaptureReaderOptions, openCapture, readCapture } from './capture-reader.ts';
export { CaptureWriter, createCapture } from './capture-writer.ts';
export type { CaptureStatistics, InterfaceDescription, InterfaceStatistics } from './encoder.ts';
export {
  type CapturedFrame,
  type CaptureFormat,
  type CaptureInterface,
  type CaptureRecord,
  type Direction,
  linkTypeEthernet,
  maxCapturedBytes,
} from './frame.ts';
export type { Time } from './timestamp.ts';
export type { CaptureWriterOptions } from './writer-options.ts';
