import { InvalidArgumentError, type Option } from 'commander';
import { fcsBytes, headerBytes, minFrameBytes } from '../net/ethernet.ts';
import { tagBytes } from '../net/vlan.ts';
import {
  imix,
  maxTotalWeight,
  type NamedSizes,
  oneSize,
  type Sizes,
  type WeightedSize,
} from '../traffic/sizes.ts';
import { optionWithDefault } from './values.ts';

const least = minFrameBytes + fcsBytes;
// With a VLAN tag and the largest MTU; without, the traffic's own check knows better.
const most = 9216 + headerBytes + fcsBytes + tagBytes;

export const sizeForms =
  "64 to 1518 with FCS, or to the MTU and 18 more; a range '64-1518', a mix '64,512' or '64:7,594:4,1518:1', or imix";

/** `64`, `64-1518`, `64,512,1518`, `64:7,594:4,1518:1` or `imix`: bytes of frames with FCS. */
export function parseSizes(text: string): Sizes {
  if (text === 'imix') return imix;
  const range = /^(\d+)-(\d+)$/.exec(text);
  if (range === null) return { kind: 'mix', parts: parseParts(text) };
  const [min, max] = [withoutFcs(range[1]!), withoutFcs(range[2]!)];
  if (min > max) throw new InvalidArgumentError('A range begins with the smaller size.');
  return { kind: 'range', min, max };
}

function parseParts(text: string): WeightedSize[] {
  const parts = text.split(',').map((part) => {
    const match = /^(\d+)(?::(\d+))?$/.exec(part);
    if (match === null) throw new InvalidArgumentError(`Use ${sizeForms}.`);
    return { bytes: withoutFcs(match[1]!), weight: Number(match[2] ?? 1) };
  });
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  if (parts.some(({ weight }) => weight < 1) || total > maxTotalWeight)
    throw new InvalidArgumentError(`Use weights from 1, ${maxTotalWeight} together.`);
  return parts;
}

function withoutFcs(text: string): number {
  const bytes = Number(text);
  if (bytes >= least && bytes <= most) return bytes - fcsBytes;
  throw new InvalidArgumentError(`Use ${sizeForms}.`);
}

/** `64`: bytes of a frame with FCS. Returns those without. */
export function parseOneSize(text: string): number {
  if (/^\d+$/.test(text)) return withoutFcs(text);
  throw new InvalidArgumentError('Use 64 to 1518.');
}

/** `64,512,imix`: one after the other. */
export function parseSizeList(text: string): NamedSizes[] {
  const names = text.split(',');
  if (new Set(names).size < names.length) throw new InvalidArgumentError('Name each value once.');
  return names.map((name) => ({ name, sizes: name === 'imix' ? imix : oneSize(withoutFcs(name)) }));
}

const rfc2544Sizes = '64,128,256,512,1024,1280,1518';

/** `--frame-sizes`, of a command that makes trials of one after the other. */
export function frameSizesOption(): Option {
  return optionWithDefault(
    '--frame-sizes <list>',
    'bytes with FCS, 64 to 1518, as in RFC 2544, and imix',
    parseSizeList,
    rfc2544Sizes,
  );
}
