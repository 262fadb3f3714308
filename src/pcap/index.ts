/**
 * Capture files, pcap and pcapng, in and out: frames with times in nanoseconds, in memory that does not grow with the file.
 * Reading takes both byte orders, both classic resolutions, and several sections and interfaces.
 *
 * @packageDocumentation
 */

export { CaptureDecoder } from './decoder.ts';
export type { CaptureStatistics, InterfaceDescription, InterfaceStatistics } from './encoder.ts';
export { CaptureFileError } from './error.ts';
export {
  type CapturedFrame,
  type CaptureFormat,
  type CaptureInterface,
  type CaptureRecord,
  type Direction,
  linkTypeEthernet,
  maxCapturedBytes,
} from './frame.ts';
export { CaptureReader, type CaptureReaderOptions, openCapture, readCapture } from './reader.ts';
export type { Time } from './timestamp.ts';
export { CaptureWriter, type CaptureWriterOptions, createCapture } from './writer.ts';
