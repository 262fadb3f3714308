import { createFilter, createHeaders, type ParsedHeaders } from '../src/index.ts';
import { buildFrame, udp } from '../src/net/index.ts';
import type { SectionLoop } from './sections.ts';
import type { Shape, Station } from './station.ts';

/** 10.0.0.1, port 40000, to 10.0.0.2, port 9: as in native/parse_loop.cc. */
export const udpFrame: Uint8Array = buildFrame(
  { kind: 'ethernet', destination: '02:00:00:00:00:02', source: '02:00:00:00:00:01' },
  { kind: 'ipv4', source: '10.0.0.1', destination: '10.0.0.2' },
  { kind: 'udp', source: 40_000, destination: 9, hasChecksum: false },
  { kind: 'payload', bytes: new Uint8Array(18) },
);

/** Parses frames of UDP, and reads every column of each: no port has a part in it. */
export function columnsLoop({ pool }: Station, { burst: size, frames }: Shape): SectionLoop {
  const burst = pool.createBurst(size);
  const headers = createHeaders(size);
  let sum = 0;
  return {
    prepare() {
      for (let i = 0; i < size; i++) burst.append(udpFrame);
    },
    measured() {
      let all = 0;
      for (let left = frames; left > 0; left -= size) all = (all + sumOf(headers, headers.parse(burst))) | 0;
      sum = all;
    },
    finish() {
      burst.release();
      if (sum === 0) throw new Error('nothing was found');
    },
  };
}

/** Tells frames of UDP port 53 from others. Half of them are. */
export function filterLoop({ pool }: Station, { burst: size, frames }: Shape): SectionLoop {
  const burst = pool.createBurst(size);
  const filter = createFilter('udp port 53');
  const bitmap = new Uint32Array((size + 31) >>> 5);
  let matching = 0;
  return {
    prepare() {
      for (let i = 0; i < size; i++) {
        burst.append(udpFrame);
        if (i % 2 === 0) udp.setDestinationPort(pool.bytes, burst.position(i) + 34, 53);
      }
    },
    measured() {
      let all = 0;
      for (let left = frames; left > 0; left -= size) all += filter.match(burst, bitmap);
      matching = all;
    },
    finish() {
      burst.release();
      if (matching !== frames / 2) throw new Error(`${matching} frames of ${frames / 2} matched`);
    },
  };
}

/** So many calls of an empty burst. */
export function emptyParseLoop({ pool }: Station, calls: number): SectionLoop {
  const burst = pool.createBurst(1);
  const headers = createHeaders(1);
  return {
    measured() {
      for (let i = 0; i < calls; i++) headers.parse(burst);
    },
  };
}

function sumOf(headers: ParsedHeaders, count: number): number {
  const { l3At, l4At, payloadAt, ends, etherTypes, outerTags, innerTags, versions, protocols } = headers;
  const { fragments, sources, destinations, sourcePorts, destinationPorts, tcpFlags, hashes, faults } =
    headers;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum = (sum + l3At[i]! + l4At[i]! + payloadAt[i]! + ends[i]! + etherTypes[i]! + versions[i]!) | 0;
    sum = (sum + outerTags[i]! + innerTags[i]! + protocols[i]! + fragments[i]! + faults[i]!) | 0;
    sum = (sum + (hashes[i]! | 0) + sourcePorts[i]! + destinationPorts[i]! + tcpFlags[i]!) | 0;
    const at = i << 2;
    sum = (sum + sources[at]! + destinations[at]!) | 0;
    if (versions[i] !== 6) continue;
    for (let word = at + 1; word < at + 4; word++) sum = (sum + sources[word]! + destinations[word]!) | 0;
  }
  return sum;
}
