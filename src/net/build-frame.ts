import { checkLayer } from './frame-fields.ts';
import { type FrameLayer, type Place, rulesOf } from './frame-layers.ts';
import * as ipv4 from './ipv4.ts';
import * as ipv6 from './ipv6.ts';

export type { FrameLayer } from './frame-layers.ts';

/**
 * Builds a frame of layers, the outermost first; tunnels have more than one of a kind. Types, lengths and checksums are
 * filled in. The frame is not padded. For tests, and for what is made once: it allocates.
 *
 * A checksum is of what is in this frame. That of a datagram's first fragment would be another.
 *
 * ```ts
 * const query = buildFrame(
 *   { kind: 'ethernet', destination: '02:00:00:00:00:02', source: '02:00:00:00:00:01' },
 *   { kind: 'ipv4', source: '10.0.0.1', destination: '10.0.0.2' },
 *   { kind: 'udp', source: 40000, destination: 53 },
 *   { kind: 'payload', bytes: message },
 * );
 * ```
 *
 * @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` for an address that is none, a number out of range, a field or a kind that there is not.
 */
export function buildFrame(...layers: readonly FrameLayer[]): Uint8Array {
  for (const layer of layers) checkLayer(layer);
  const rules = layers.map(rulesOf);
  const lengths = layers.map((layer, i) => rules[i]!.length(layer));
  const frame = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const places: Place[] = [];
  let at = 0;
  let pseudoSum: Place['pseudoSum'] = () => 0;
  for (const [i, layer] of layers.entries()) {
    const place: Place = { frame, at, end: frame.length, next: layers[i + 1], pseudoSum };
    places.push(place);
    rules[i]!.write(layer, place);
    pseudoSum = pseudoSumIn(layer, place) ?? pseudoSum;
    at += lengths[i]!;
  }
  // From the innermost outwards: a checksum covers those inside.
  for (const [i, layer] of [...layers.entries()].reverse()) rules[i]!.finish?.(layer, places[i]!);
  return frame;
}

function pseudoSumIn({ kind }: FrameLayer, { frame, at }: Place): Place['pseudoSum'] | undefined {
  if (kind === 'ipv4') return (protocol, length) => ipv4.sumPseudoHeader(frame, at, protocol, length);
  if (kind === 'ipv6') return (protocol, length) => ipv6.sumPseudoHeader(frame, at, protocol, length);
  return undefined;
}
