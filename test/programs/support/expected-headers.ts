import type { ParsedHeaders } from '../../../src/index.ts';
import { flowHash, IpProtocol, ipv4, ipv6, Layers, tcp, udp } from '../../../src/net/index.ts';

/** What is known of one frame, named as its columns are. */
export interface FrameHeaders {
  l3At: number;
  l4At: number;
  payloadAt: number;
  ends: number;
  etherTypes: number;
  outerTags: number;
  innerTags: number;
  versions: number;
  protocols: number;
  fragments: number;
  sources: number[];
  destinations: number[];
  sourcePorts: number;
  destinationPorts: number;
  tcpFlags: number;
  hashes: number;
  faults: number;
}

const words = [0, 1, 2, 3] as const;

/** What the functions of vfio-pmd/net find in the frame from `at` to `end`. */
export function expectedHeaders(bytes: Uint8Array, at: number, end: number): FrameHeaders {
  const layers = new Layers();
  layers.read(bytes, at, end);
  const { version, l3At, l4At, hasPorts } = layers;
  const addresses = (of4: typeof ipv4.source, of6: typeof ipv6.sourceWord) =>
    version === 6
      ? words.map((word) => of6(bytes, l3At, word))
      : [version === 4 ? of4(bytes, l3At) : 0, 0, 0, 0];
  return {
    l3At,
    l4At,
    payloadAt: layers.payloadAt,
    ends: layers.end,
    etherTypes: layers.etherType,
    outerTags: layers.outerTag,
    innerTags: layers.innerTag,
    versions: version,
    protocols: layers.protocol,
    fragments: layers.fragment,
    sources: addresses(ipv4.source, ipv6.sourceWord),
    destinations: addresses(ipv4.destination, ipv6.destinationWord),
    sourcePorts: hasPorts ? udp.sourcePort(bytes, l4At) : 0,
    destinationPorts: hasPorts ? udp.destinationPort(bytes, l4At) : 0,
    tcpFlags: hasPorts && layers.protocol === IpProtocol.tcp ? tcp.flags(bytes, l4At) : 0,
    hashes: flowHash(bytes, layers),
    faults: layers.fault,
  };
}

/** What stands in the columns of entry `i`. */
export function columnsOf(headers: ParsedHeaders, i: number): FrameHeaders {
  return {
    l3At: headers.l3At[i]!,
    l4At: headers.l4At[i]!,
    payloadAt: headers.payloadAt[i]!,
    ends: headers.ends[i]!,
    etherTypes: headers.etherTypes[i]!,
    outerTags: headers.outerTags[i]!,
    innerTags: headers.innerTags[i]!,
    versions: headers.versions[i]!,
    protocols: headers.protocols[i]!,
    fragments: headers.fragments[i]!,
    sources: [...headers.sources.subarray(4 * i, 4 * i + 4)],
    destinations: [...headers.destinations.subarray(4 * i, 4 * i + 4)],
    sourcePorts: headers.sourcePorts[i]!,
    destinationPorts: headers.destinationPorts[i]!,
    tcpFlags: headers.tcpFlags[i]!,
    hashes: headers.hashes[i]!,
    faults: headers.faults[i]!,
  };
}
