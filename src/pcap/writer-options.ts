import { checkInteger, checkOneOf, checkOptions, checkText, copyList } from '../core/check.ts';
import { describe, invalidArgument } from '../core/errors.ts';
import { parseMac } from '../core/mac.ts';
import type { CaptureStatistics, InterfaceDescription, InterfaceStatistics } from './encoder.ts';
import { type CaptureFormat, linkTypeEthernet, maxCapturedBytes } from './frame.ts';
import type { Time } from './timestamp.ts';

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

// Each check returns a copy, so that what is checked is what is used.

export const defaultBufferBytes = 2 ** 20;
const minBufferBytes = 2 ** 19;
const maxTextBytes = 1024;
const maxInterfaces = 1024;

export function checkWriterOptions(given: CaptureWriterOptions): CaptureWriterOptions {
  const options = {
    ...checkOptions('options', given, [
      'format',
      'interfaces',
      'snapLength',
      'bufferBytes',
      'application',
      'os',
      'hardware',
    ]),
  };
  checkOneOf('format', options.format, ['pcap', 'pcapng']);
  checkInteger('snapLength', options.snapLength ?? maxCapturedBytes, 1, maxCapturedBytes);
  checkInteger('bufferBytes', options.bufferBytes ?? defaultBufferBytes, minBufferBytes, 2 ** 30);
  const most = options.format === 'pcap' ? 1 : maxInterfaces;
  const interfaces = copyList(
    'interfaces',
    options.interfaces ?? [{}],
    maxInterfaces,
    `list 1 to ${most} of them`,
  );
  checkInteger('number of interfaces', interfaces.length, 1, most);
  for (const name of ['application', 'os', 'hardware'] as const) checkOptionalText(name, options[name]);
  return { ...options, interfaces: interfaces.map(checkInterface) };
}

function checkInterface(given: InterfaceDescription, index: number): InterfaceDescription {
  const name = `interfaces[${index}]`;
  const description = {
    ...checkOptions(name, given, ['name', 'description', 'mac', 'speedMbps', 'linkType']),
  };
  checkOptionalText(`${name}.name`, description.name);
  checkOptionalText(`${name}.description`, description.description);
  if (description.mac !== undefined) parseMac(description.mac);
  checkInteger(`${name}.speedMbps`, description.speedMbps ?? 0, 0, 1e9);
  checkInteger(`${name}.linkType`, description.linkType ?? linkTypeEthernet, 0, 0xffff);
  return description;
}

function checkOptionalText(name: string, text: string | undefined): void {
  if (text !== undefined) checkText(name, text, maxTextBytes);
}

/** @param interfaces How many the writer has. */
export function checkStatistics(
  given: CaptureStatistics,
  interfaces: number,
  maxSeconds: number,
): CaptureStatistics {
  const statistics = { ...checkOptions('statistics', given, ['start', 'end', 'interfaces']) };
  const name = 'statistics.interfaces';
  const list = copyList(name, statistics.interfaces, maxInterfaces, `list all ${interfaces}`);
  checkInteger(`number of ${name}`, list.length, interfaces, interfaces);
  const { start, end } = statistics;
  return {
    ...(start === undefined ? {} : { start: checkTime('statistics.start', start, maxSeconds) }),
    end: checkTime('statistics.end', end, maxSeconds),
    interfaces: list.map((counts, i) => checkCounts(`${name}[${i}]`, counts)),
  };
}

/** Of anything that has a time: a frame, too. */
function checkTime(name: string, given: Time, maxSeconds: number): Time {
  if (typeof given !== 'object' || given === null) {
    throw invalidArgument(`${name} is ${describe(given)}`, 'pass { seconds, nanoseconds }');
  }
  const { seconds, nanoseconds } = given;
  return {
    seconds: checkInteger(`${name}.seconds`, seconds, 0, maxSeconds),
    nanoseconds: checkInteger(`${name}.nanoseconds`, nanoseconds, 0, 999_999_999),
  };
}

function checkCounts(name: string, given: InterfaceStatistics): InterfaceStatistics {
  const counts = { ...checkOptions(name, given, ['receivedFrames', 'droppedFrames']) };
  for (const field of ['receivedFrames', 'droppedFrames'] as const)
    checkInteger(`${name}.${field}`, counts[field] ?? 0, 0, Number.MAX_SAFE_INTEGER);
  return counts;
}
