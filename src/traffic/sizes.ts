/** A size of frames, without FCS, and how many of them there are for those of the other sizes. */
export interface WeightedSize {
  bytes: number;
  weight: number;
}

/** Which sizes a stream's frames have, without FCS: each of a range as likely, or a mix in fixed shares. */
export type Sizes = { kind: 'range'; min: number; max: number } | { kind: 'mix'; parts: WeightedSize[] };

/** Sizes that one trial is about. */
export interface NamedSizes {
  /** As they were asked for: `64`, `imix`. */
  name: string;
  sizes: Sizes;
}

/** The field's simple IMIX: of twelve frames seven are 64 bytes with FCS, four 594 and one 1518. */
export const imix: Sizes = {
  kind: 'mix',
  parts: [
    { bytes: 60, weight: 7 },
    { bytes: 590, weight: 4 },
    { bytes: 1514, weight: 1 },
  ],
};

// Of a range, drawn beforehand, so that a frame costs no random number.
const drawnSizes = 4096;
export const maxTotalWeight = 4096;

export function oneSize(bytes: number): Sizes {
  return { kind: 'mix', parts: [{ bytes, weight: 1 }] };
}

export function smallestOf(sizes: Sizes): number {
  return sizes.kind === 'range' ? sizes.min : Math.min(...sizes.parts.map(({ bytes }) => bytes));
}

export function largestOf(sizes: Sizes): number {
  return sizes.kind === 'range' ? sizes.max : Math.max(...sizes.parts.map(({ bytes }) => bytes));
}

/** Of the sizes as a stream has them, without FCS. */
export function meanBytes(sizes: Sizes): number {
  const { frames, bytes } = totalOf(sequenceOf(sizes));
  return bytes / frames;
}

/** Of all frames of a sequence, without FCS. */
export function totalOf(sequence: Uint16Array): { frames: number; bytes: number } {
  return { frames: sequence.length, bytes: sequence.reduce((sum, size) => sum + size, 0) };
}

/** For people: `64 bytes`, or `imix`. */
export function sizeLabel(name: string): string {
  return /^\d+$/.test(name) ? `${name} bytes` : name;
}

/** The sizes of a stream's frames one after the other: it begins again at the end. The same in every run. */
export function sequenceOf(sizes: Sizes): Uint16Array {
  return sizes.kind === 'range' ? draw(sizes.min, sizes.max) : interleave(sizes.parts);
}

function draw(min: number, max: number): Uint16Array {
  if (min === max) return Uint16Array.of(min);
  let state = 0x9e3779b9;
  return Uint16Array.from({ length: drawnSizes }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return min + ((state >>> 0) % (max - min + 1));
  });
}

/** Each size as often as its weight, and spread: always the one that is furthest behind its share. */
function interleave(parts: readonly WeightedSize[]): Uint16Array {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const behind = parts.map(() => 0);
  return Uint16Array.from({ length: total }, () => {
    for (const [i, { weight }] of parts.entries()) behind[i]! += weight;
    const next = behind.indexOf(Math.max(...behind));
    behind[next]! -= total;
    return parts[next]!.bytes;
  });
}
