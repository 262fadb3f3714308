import assert from 'node:assert/strict';
import {
  EtherType,
  Fault,
  Fragment,
  hasBytes,
  IpProtocol,
  icmp,
  ipv4,
  ipv6,
  Layers,
  sctp,
  tcp,
  udp,
} from '../../src/net/index.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { writeFrames } from '../pcap/support/frames.ts';
import { needTools } from '../pcap/support/tools.ts';
import { corpus } from './support/corpus.ts';
import { dissect } from './support/tshark.ts';

const names = [
  'eth.type',
  'vlan.id',
  'ieee8021ad.id',
  'ip.version',
  'ip.hdr_len',
  'ip.len',
  'ip.proto',
  'ip.ttl',
  'ip.src',
  'ip.dst',
  'ip.frag_offset',
  'ip.flags.mf',
  'ip.checksum.status',
  'ipv6.version',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.hlim',
  'ipv6.plen',
  'ipv6.fraghdr.offset',
  'ipv6.fraghdr.more',
  'udp.srcport',
  'udp.dstport',
  'udp.length',
  'udp.checksum.status',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.flags',
  'tcp.hdr_len',
  'tcp.window_size_value',
  'tcp.options.mss_val',
  'tcp.checksum.status',
  'sctp.srcport',
  'sctp.dstport',
  'sctp.verification_tag',
  'sctp.checksum.status',
  'icmp.type',
  'icmp.ident',
  'icmp.seq',
  'icmp.checksum.status',
  'icmpv6.type',
  'icmpv6.checksum.status',
] as const;
type Name = (typeof names)[number];
type Fields = Partial<Record<Name, string | number>>;

const positive = (word: number) => word >>> 0;

/** What our functions say of a frame, under tshark's names. */
function fieldsOf(bytes: Uint8Array, at: number, end: number): Fields {
  const layers = new Layers();
  layers.read(bytes, at, end);
  const { l3At, l4At, version, fragment } = layers;
  const isFragment = fragment !== Fragment.none;
  const isUpperWhole = l4At !== 0 && layers.fault !== Fault.transport && layers.fault !== Fault.extension;
  return {
    ...(version === 4
      ? {
          'ip.version': 4,
          'ip.hdr_len': ipv4.headerLength(bytes, l3At, end),
          'ip.len': ipv4.totalLength(bytes, l3At),
          'ip.proto': ipv4.protocol(bytes, l3At),
          'ip.ttl': ipv4.timeToLive(bytes, l3At),
          'ip.src': ipv4.formatAddress(ipv4.source(bytes, l3At)),
          'ip.dst': ipv4.formatAddress(ipv4.destination(bytes, l3At)),
          'ip.frag_offset': ipv4.fragmentOffset(bytes, l3At) / 8, // tshark's is in units of 8 bytes
          'ip.checksum.status': ipv4.hasGoodChecksum(bytes, l3At) ? 1 : 0,
        }
      : {}),
    ...(version === 6
      ? {
          'ipv6.version': 6,
          'ipv6.src': ipv6.formatAddress(bytes, l3At + ipv6.sourceOffset),
          'ipv6.dst': ipv6.formatAddress(bytes, l3At + ipv6.destinationOffset),
          'ipv6.hlim': ipv6.hopLimit(bytes, l3At),
          'ipv6.plen': ipv6.payloadLength(bytes, l3At),
        }
      : {}),
    ...(isUpperWhole ? upperFieldsOf(bytes, layers, isFragment) : {}),
  };
}

function upperFieldsOf(bytes: Uint8Array, layers: Layers, isFragment: boolean): Fields {
  const { l3At, l4At, end, version, protocol } = layers;
  const isJudged = !isFragment && layers.fault === Fault.none;
  const pseudo = () =>
    version === 4
      ? ipv4.sumPseudoHeader(bytes, l3At, protocol, end - l4At)
      : ipv6.sumPseudoHeader(bytes, l3At, protocol, end - l4At);
  switch (protocol) {
    case IpProtocol.udp: {
      const isChecked = isJudged && udp.checksum(bytes, l4At) !== 0;
      return {
        'udp.srcport': udp.sourcePort(bytes, l4At),
        'udp.dstport': udp.destinationPort(bytes, l4At),
        'udp.length': udp.length(bytes, l4At),
        ...(isChecked ? { 'udp.checksum.status': udp.hasGoodChecksum(bytes, l4At, pseudo()) ? 1 : 0 } : {}),
      };
    }
    case IpProtocol.tcp: {
      const mss = tcp.maxSegmentSize(bytes, l4At);
      return {
        'tcp.srcport': tcp.sourcePort(bytes, l4At),
        'tcp.dstport': tcp.destinationPort(bytes, l4At),
        'tcp.seq_raw': positive(tcp.sequence(bytes, l4At)),
        'tcp.ack_raw': positive(tcp.acknowledgment(bytes, l4At)),
        'tcp.flags': `0x${tcp.flags(bytes, l4At).toString(16).padStart(4, '0')}`,
        'tcp.hdr_len': tcp.headerLength(bytes, l4At, end),
        'tcp.window_size_value': tcp.window(bytes, l4At),
        ...(mss === 0 ? {} : { 'tcp.options.mss_val': mss }),
        ...(isJudged
          ? { 'tcp.checksum.status': tcp.hasGoodChecksum(bytes, l4At, end, pseudo()) ? 1 : 0 }
          : {}),
      };
    }
    case IpProtocol.sctp:
      return {
        'sctp.srcport': sctp.sourcePort(bytes, l4At),
        'sctp.dstport': sctp.destinationPort(bytes, l4At),
        'sctp.verification_tag': `0x${positive(sctp.verificationTag(bytes, l4At)).toString(16).padStart(8, '0')}`,
        ...(isJudged ? { 'sctp.checksum.status': sctp.hasGoodChecksum(bytes, l4At, end) ? 1 : 0 } : {}),
      };
    case IpProtocol.icmp:
      return {
        'icmp.type': icmp.type(bytes, l4At),
        'icmp.ident': icmp.identifier(bytes, l4At),
        'icmp.seq': icmp.sequence(bytes, l4At),
        ...(isJudged ? { 'icmp.checksum.status': icmp.hasGoodChecksum(bytes, l4At, end) ? 1 : 0 } : {}),
      };
    case IpProtocol.icmp6:
      return { 'icmpv6.type': icmp.type(bytes, l4At) };
    default:
      return {};
  }
}

/** Compares what we say with what tshark says: all that we know must be what it knows. */
function expectAgreement(what: string, own: Fields, theirs: Record<Name, string>): void {
  for (const [name, value] of Object.entries(own) as [Name, string | number][])
    assert.equal(theirs[name], String(value), `${what}: ${name}`);
}

describe('Layers', () => {
  const inDirectory = useDirectory();

  it('finds in every kind of frame what tshark finds', async function () {
    this.timeout(120_000);
    needTools(this, 'tshark');
    const file = inDirectory('corpus.pcap');
    await writeFrames(file, corpus.values());
    const theirs = await dissect(file, names);
    assert.equal(theirs.length, corpus.size);
    let upper = 0;
    for (const [i, [name, frame]] of [...corpus].entries()) {
      const own = fieldsOf(frame, 0, frame.length);
      expectAgreement(name, own, theirs[i]!);
      // And nothing is missed that matters: of whole frames we know the transport whenever tshark does.
      for (const field of [
        'ip.proto',
        'ipv6.version',
        'udp.srcport',
        'tcp.srcport',
        'sctp.srcport',
      ] as const) {
        const isInner = name.startsWith('gre') || name === 'vxlan'; // the ports are of the tunnelled frame
        if (!isInner) assert.equal(theirs[i]![field] !== '', own[field] !== undefined, `${name}: ${field}`);
        if (own[field] !== undefined) upper++;
      }
    }
    assert.ok(upper > 200, `${upper} fields were compared`);
  });

  it('finds in frames that are cut at every byte only what tshark finds, too', async function () {
    this.timeout(300_000);
    needTools(this, 'tshark');
    const names_ = [...corpus.keys()].filter((name) => name.endsWith('none') || name.endsWith('serviceVlan'));
    const cut = names_.flatMap((name) => {
      const frame = corpus.get(name)!;
      return Array.from({ length: frame.length - 1 }, (_, i) => ({ name, frame: frame.subarray(0, i + 1) }));
    });
    const file = inDirectory('cut.pcap');
    await writeFrames(
      file,
      cut.map(({ frame }) => frame),
    );
    const theirs = await dissect(file, names);
    assert.equal(theirs.length, cut.length);
    for (const [i, { name, frame }] of cut.entries())
      expectAgreement(`${name}, ${frame.length} bytes`, fieldsOf(frame, 0, frame.length), theirs[i]!);
  });

  it('says why a frame can not be read, at every length', () => {
    const layers = new Layers();
    const order = [Fault.ethernet, Fault.ip, Fault.extension, Fault.transport, Fault.truncated, Fault.none];
    for (const [name, frame] of corpus) {
      let reached = 0;
      for (let length = 0; length <= frame.length; length++) {
        const isWhole = layers.read(frame, 0, length);
        assert.equal(isWhole, layers.fault === Fault.none, name);
        const stage = order.indexOf(layers.fault);
        // More of a frame is never understood less; without IP a header's end is the end of what is read.
        if (layers.etherType === EtherType.ipv4 || layers.etherType === EtherType.ipv6)
          assert.ok(stage >= reached, `${name}: ${layers.fault} at ${length} bytes`);
        reached = Math.max(reached, stage);
      }
      assert.equal(layers.fault, Fault.none, name);
    }
  });

  it('finds where the payload is', () => {
    const layers = new Layers();
    for (const [name, frame] of corpus) {
      if (!name.startsWith('ipv') || !/, udp,|, tcp,/.test(name)) continue;
      const padded = new Uint8Array(frame.length + 30).fill(0xee);
      padded.set(frame, 7);
      assert.ok(layers.read(padded, 7, padded.length), name);
      assert.equal(layers.end, 7 + frame.length, `${name}: padding is no payload`);
      const payload = Uint8Array.from({ length: layers.end - layers.payloadAt }, (_, i) => 0x61 + (i % 23));
      assert.equal(payload.length, layers.protocol === IpProtocol.udp ? 21 : 5, name);
      assert.ok(hasBytes(padded, layers.payloadAt, payload), name);
    }
  });

  it('reads both tags, whichever kinds they are', () => {
    const layers = new Layers();
    const tags = (name: string) => {
      const frame = corpus.get(`ipv4, udp, tags: ${name}`)!;
      layers.read(frame, 0, frame.length);
      return [layers.outerTag, layers.innerTag];
    };
    assert.deepEqual(tags('none'), [-1, -1]);
    assert.deepEqual(tags('vlan'), [0x6007, -1]);
    assert.deepEqual(tags('serviceVlan'), [4000, 0xe00c]);
    assert.deepEqual(tags('twoVlans'), [100, 0xa000]);
  });
});
