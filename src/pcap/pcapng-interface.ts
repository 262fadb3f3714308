import { snapLengthOf } from './classic-decoder.ts';
import type { DecoderInput } from './format-decoder.ts';
import type { CaptureInterface } from './frame.ts';
import { findOption, type OptionsArea } from './options.ts';
import { microsecondResolution, OptionCode } from './pcapng-format.ts';
import type { Clock } from './timestamp.ts';

const fixedBytes = 16;
const maxNameBytes = 255;

/** An interface of the section that is read. Flat, because a file may describe many in few bytes. */
export interface PcapngInterface extends CaptureInterface, Clock {}

/** Reads the interface description block at the window's start; its options end at `to`. */
export function readInterface(
  input: DecoderInput,
  to: number,
  place: { index: number; section: number },
): PcapngInterface {
  const { window } = input;
  const options = { from: fixedBytes, to };
  const resolution = findOption(input, options, OptionCode.interfaceResolution, 1);
  const offset = findOption(input, options, OptionCode.interfaceTimeOffset, 8);
  const fcs = findOption(input, options, OptionCode.interfaceFcsLength, 1);
  return {
    index: place.index,
    section: place.section,
    linkType: window.u16(8),
    snapLength: snapLengthOf(window.u32(12)),
    fcsLength: fcs < 0 ? 0 : fcsLengthOf(window.u8(fcs)),
    name: readName(input, options),
    resolution: resolution < 0 ? microsecondResolution : window.u8(resolution),
    offsetSeconds: offset < 0 ? 0 : window.i64(offset),
  };
}

/** The format's early drafts counted bits. */
function fcsLengthOf(value: number): number {
  return value >= 16 ? value >>> 3 : value;
}

function readName(input: DecoderInput, options: OptionsArea): string {
  const at = findOption(input, options, OptionCode.interfaceName);
  if (at < 0) return '';
  const { window } = input;
  const begin = window.start + at;
  const length = Math.min(window.u16(at - 2), maxNameBytes);
  return Buffer.from(window.bytes.buffer, begin, length).toString().replace(/\0.*$/s, '');
}
