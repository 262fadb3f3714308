import assert from 'node:assert/strict';
import {
  arp,
  buildFrame,
  dhcp,
  dns,
  EtherType,
  ethernet,
  type FrameLayer,
  get8,
  get16,
  gre,
  IpProtocol,
  icmp,
  icmp6,
  ipv4,
  ipv6,
  Layers,
  mac,
  options,
  sctp,
  tcp,
  udp,
  vlan,
  vxlan,
} from '../../src/net/index.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { writeFrames } from '../pcap/support/frames.ts';
import { needTools } from '../pcap/support/tools.ts';
import { corpus, dnsQuery } from './support/corpus.ts';
import { dissect } from './support/tshark.ts';

const asker = mac.parse('02:00:00:00:00:01');
const own = mac.parse('02:00:00:00:00:02');
const word = ipv4.parseAddress;

function layersOf(frame: Uint8Array): Layers {
  const layers = new Layers();
  assert.ok(layers.read(frame, 0, frame.length));
  return layers;
}

describe('ARP', () => {
  it('turns a request into its reply', () => {
    const frame = corpus.get('arp')!.slice();
    assert.equal(arp.messageLength(frame, 14, frame.length), 28);
    assert.deepEqual(
      [arp.operation(frame, 14), arp.senderIp(frame, 14), arp.targetIp(frame, 14)],
      [arp.Operation.request, word('10.0.0.1'), word('10.0.0.2')],
    );
    arp.answer(frame, 14, own);
    const reply = buildFrame(
      { kind: 'ethernet', destination: '02:00:00:00:00:02', source: '02:00:00:00:00:01' },
      {
        kind: 'arp',
        operation: arp.Operation.reply,
        senderMac: '02:00:00:00:00:02',
        senderIp: '10.0.0.2',
        targetMac: '02:00:00:00:00:01',
        targetIp: '10.0.0.1',
      },
    );
    assert.deepEqual(frame, reply);
  });

  it('is not taken for a message about other hardware or another protocol', () => {
    const frame = corpus.get('arp')!;
    for (const place of [14, 15, 16, 17, 18, 19]) {
      const changed = frame.slice();
      changed[place] = changed[place]! ^ 0x40;
      assert.equal(arp.messageLength(changed, 14, changed.length), 0, `byte ${place}`);
    }
  });
});

describe('VLAN tags', () => {
  it('are inserted into the headroom, and removed again', () => {
    const plain = corpus.get('ipv4, udp, tags: none')!;
    const memory = new Uint8Array(plain.length + 20);
    memory.set(plain, 12);
    const tagged = vlan.insert(memory, 12, vlan.tciOf(7, 3));
    assert.equal(tagged, 8);
    assert.deepEqual(memory.subarray(tagged, 12 + plain.length), corpus.get('ipv4, udp, tags: vlan')!);
    const twice = vlan.insert(memory, tagged, 100, EtherType.serviceVlan);
    assert.deepEqual(
      [vlan.typeAt(memory, twice, memory.length), ethernet.type(memory, twice)],
      [4 + 20, 0x88a8],
    );
    assert.equal(vlan.remove(memory, vlan.remove(memory, twice)), 12);
    assert.deepEqual(memory.subarray(12, 12 + plain.length), plain);
  });

  it('have a VLAN, a priority, and a bit for frames that may be dropped', () => {
    assert.equal(vlan.tciOf(0xfff, 7), 0xefff);
    assert.deepEqual([vlan.idOf(0x7fff), vlan.priorityOf(0xefff)], [0xfff, 7]);
    assert.deepEqual([vlan.isDropEligible(0x1000), vlan.isDropEligible(0xefff)], [true, false]);
  });
});

describe('IPv4', () => {
  it('has options that can be found, and walked', () => {
    const frame = corpus.get('ipv4 with options, udp, tags: none')!;
    const [start, end] = [14 + ipv4.optionsOffset, 14 + ipv4.headerLength(frame, 14, frame.length)];
    assert.equal(end, 14 + 28);
    assert.equal(options.find(frame, start, end, ipv4.Option.routerAlert), start);
    assert.equal(options.find(frame, start, end, ipv4.Option.timestamp), 0);
    const kinds = [];
    for (let option = start; option < end; option = options.next(frame, option, end))
      kinds.push(get8(frame, option));
    assert.deepEqual(kinds, [148, 1, 1, 1, 0]);
  });

  it('has options that end where one contradicts itself', () => {
    const bytes = Uint8Array.of(2, 4, 5, 0xb4, 3, 0, 4, 2); // the second one has no length
    assert.equal(options.next(bytes, 0, 8), 8);
    assert.equal(options.find(bytes, 0, 8, 4), 0);
    assert.equal(options.length(bytes, 4, 8), 0);
  });

  it('refuses headers that contradict themselves', () => {
    const frame = corpus.get('ipv4, udp, tags: none')!;
    const headerLength = (change: (frame: Uint8Array) => void) => {
      const changed = frame.slice();
      change(changed);
      return ipv4.headerLength(changed, 14, changed.length);
    };
    assert.equal(
      headerLength(() => {}),
      20,
    );
    assert.equal(
      headerLength((bytes) => bytes.fill(0x44, 14, 15)),
      0,
      'shorter than a header',
    );
    assert.equal(
      headerLength((bytes) => bytes.fill(0x65, 14, 15)),
      0,
      'another version',
    );
    assert.equal(
      headerLength((bytes) => ipv4.setTotalLength(bytes, 14, 19)),
      0,
      'a datagram without a header',
    );
  });
});

describe('TCP', () => {
  it('has options that can be found', () => {
    const frame = corpus.get('ipv6, tcp with options, tags: none')!;
    const { l4At } = layersOf(frame);
    assert.equal(tcp.maxSegmentSize(frame, l4At), 1460);
    const scale = tcp.findOption(frame, l4At, tcp.Option.windowScale);
    assert.equal(get8(frame, scale + 2), 7);
    assert.equal(tcp.findOption(frame, l4At, tcp.Option.timestamps), 0);
  });
});

describe('SCTP', () => {
  it('has chunks that can be walked', () => {
    const frame = corpus.get('ipv4, sctp, tags: none')!;
    const { payloadAt, end } = layersOf(frame);
    assert.deepEqual([sctp.chunkType(frame, payloadAt), sctp.chunkLength(frame, payloadAt, end)], [4, 9]);
    assert.equal(sctp.nextChunk(frame, payloadAt, end), end);
  });
});

describe('neighbour discovery', () => {
  const target = ipv6.parseAddress('fd00::2');

  function solicitation(): Uint8Array {
    const frame = new Uint8Array(86);
    let at = ethernet.write(frame, 0, mac.parse('33:33:ff:00:00:02'), asker, EtherType.ipv6);
    const group = ipv6.parseAddress('ff02::1:ff00:2');
    at = ipv6.write(frame, at, 32, IpProtocol.icmp6, ipv6.parseAddress('fd00::1'), group);
    ipv6.setHopLimit(frame, 14, icmp6.neverRouted);
    const end = icmp6.writeSolicitation(frame, at, target, asker);
    assert.equal(end, frame.length);
    icmp6.fillChecksum(frame, at, end, ipv6.sumPseudoHeader(frame, 14, IpProtocol.icmp6, end - at));
    return frame;
  }

  it('asks and answers as tshark reads it', async function () {
    this.timeout(60_000);
    needTools(this, 'tshark');
    const question = solicitation();
    const answer = question.slice();
    const { solicited, override } = icmp6.AdvertisementFlag;
    const end = icmp6.answerSolicitation(answer, 54, own, solicited | override);
    icmp6.fillChecksum(answer, 54, end, ipv6.sumPseudoHeader(answer, 14, IpProtocol.icmp6, end - 54));
    const file = inDirectory('neighbours.pcap');
    await writeFrames(file, [question, answer]);
    const fields = [
      'icmpv6.type',
      'icmpv6.checksum.status',
      'icmpv6.nd.ns.target_address',
      'icmpv6.nd.na.target_address',
      'icmpv6.nd.na.flag.s',
      'icmpv6.opt.linkaddr',
    ] as const;
    assert.deepEqual(
      (await dissect(file, fields)).map((found) => Object.values(found)),
      [
        ['135', '1', 'fd00::2', '', '', '02:00:00:00:00:01'],
        ['136', '1', '', 'fd00::2', '1', '02:00:00:00:00:02'],
      ],
    );
  });

  it('has options that can be found, and messages that are refused with one that is cut', () => {
    const frame = solicitation();
    assert.ok(icmp6.isNeighborMessage(frame, 54, 86));
    const first = 54 + icmp6.optionsOffset;
    assert.equal(icmp6.findOption(frame, first, 86, icmp6.Option.sourceAddress), first);
    assert.equal(icmp6.findOption(frame, first, 86, icmp6.Option.mtu), 0);
    for (let end = 79; end < 86; end++) assert.ok(!icmp6.isNeighborMessage(frame, 54, end), `${end} bytes`);
    frame[first + 1] = 0; // an option without a length would never end
    assert.ok(!icmp6.isNeighborMessage(frame, 54, 86));
    assert.equal(icmp6.findOption(frame, first, 86, icmp6.Option.mtu), 0);
  });

  const inDirectory = useDirectory();
});

describe('an echo request', () => {
  it('becomes a reply whose checksum is right', () => {
    for (const name of ['ipv4, ping, tags: none', 'ipv6, ping, tags: none']) {
      const frame = corpus.get(name)!.slice();
      const { l3At, l4At, end, version } = layersOf(frame);
      const pseudo = ipv6.sumPseudoHeader(frame, l3At, IpProtocol.icmp6, end - l4At);
      const isGood = () =>
        version === 4
          ? icmp.hasGoodChecksum(frame, l4At, end)
          : icmp6.hasGoodChecksum(frame, l4At, end, pseudo);
      assert.ok(isGood());
      (version === 4 ? icmp : icmp6).answerEcho(frame, l4At);
      assert.equal(icmp.type(frame, l4At), version === 4 ? 0 : 129);
      assert.ok(isGood(), name);
      assert.deepEqual([icmp.identifier(frame, l4At), icmp.sequence(frame, l4At)], [0x1234, 9]);
    }
  });
});

describe('an echo request without anything but zeros', () => {
  it('becomes a reply that a receiver takes', () => {
    for (const data of [0, 56]) {
      const bytes = new Uint8Array(icmp.headerBytes + data);
      icmp.writeEcho(bytes, 0, icmp.Type.echoRequest, 0, 0);
      icmp.fillChecksum(bytes, 0, bytes.length);
      icmp.answerEcho(bytes, 0);
      assert.ok(icmp.hasGoodChecksum(bytes, 0, bytes.length));
    }
  });
});

describe('tunnels', () => {
  it('are followed to the frame in them', () => {
    const plain = corpus.get('gre with ipv4')!;
    let { l4At, end } = layersOf(plain);
    assert.equal(gre.headerLength(plain, l4At, end), 4);
    assert.deepEqual([gre.protocol(plain, l4At), gre.key(plain, l4At)], [EtherType.ipv4, 0]);
    assert.equal(ipv4.headerLength(plain, l4At + 4, end), 20);

    const keyed = corpus.get('gre with a key and ethernet')!;
    ({ l4At, end } = layersOf(keyed));
    assert.equal(gre.headerLength(keyed, l4At, end), 8);
    assert.deepEqual(
      [gre.protocol(keyed, l4At), gre.key(keyed, l4At) >>> 0],
      [EtherType.bridged, 0xcafe0001],
    );
    const inner = new Layers();
    assert.ok(inner.read(keyed, l4At + 8, end));
    assert.equal(inner.protocol, IpProtocol.tcp);

    const vx = corpus.get('vxlan')!;
    const { payloadAt, l4At: udpAt, end: vxEnd } = layersOf(vx);
    assert.equal(udp.destinationPort(vx, udpAt), vxlan.port);
    assert.equal(vxlan.headerLength(vx, payloadAt, udp.payloadEnd(vx, udpAt, vxEnd)), 8);
    assert.equal(vxlan.network(vx, payloadAt), 0xabcdef);
    assert.ok(inner.read(vx, payloadAt + 8, vxEnd));
    assert.equal(ipv4.formatAddress(ipv4.source(vx, inner.l3At)), '172.16.0.1');
  });

  it('have the parts of GRE in their order, and refuse other versions', () => {
    const all = new Uint8Array(16);
    all.set([0xb0, 0, 8, 0, 0xaa, 0xaa, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9]);
    assert.deepEqual([gre.headerLength(all, 0, 16), gre.key(all, 0), gre.sequence(all, 0)], [16, 7, 9]);
    assert.equal(gre.headerLength(all, 0, 15), 0);
    all[1] = 1;
    assert.equal(gre.headerLength(all, 0, 16), 0);
    assert.equal(gre.version(all, 0), 1);
    all.set([0x10, 0], 0);
    assert.deepEqual([gre.headerLength(all, 0, 16), gre.sequence(all, 0) >>> 0], [8, 0xaaaa0000]);
  });
});

describe('messages above UDP', () => {
  it('of DHCP end with their options', () => {
    const frame = corpus.get('dhcp')!;
    const { payloadAt, end } = layersOf(frame);
    const length = dhcp.messageLength(frame, payloadAt, end);
    assert.equal(length, dhcp.optionsOffset + 3 + 1 + 6 + 1);
    assert.ok(payloadAt + length < end, 'padding is no part of it');
    assert.deepEqual(
      [dhcp.operation(frame, payloadAt), dhcp.transaction(frame, payloadAt) >>> 0],
      [dhcp.Operation.request, 0xdeadbeef],
    );
    const requested = dhcp.findOption(frame, payloadAt, end, 50);
    assert.equal(
      ipv4.formatAddress((get16(frame, requested + 2) << 16) | get16(frame, requested + 4)),
      '10.0.0.9',
    );
    assert.equal(dhcp.findOption(frame, payloadAt, end, 51), 0);
    assert.equal(dhcp.messageLength(frame, payloadAt, payloadAt + length - 1), 0, 'without an end');
  });

  it('of DNS are all of the payload, or have a length before them over TCP', () => {
    const frame = corpus.get('dns')!;
    const { payloadAt, l4At, end } = layersOf(frame);
    const messageEnd = udp.payloadEnd(frame, l4At, end);
    assert.equal(dns.messageLength(frame, payloadAt, messageEnd), dnsQuery.length);
    assert.deepEqual([dns.id(frame, payloadAt), dns.isResponse(frame, payloadAt)], [0x4d2a, false]);
    const stream = Uint8Array.of(0, dnsQuery.length, ...dnsQuery, 0);
    assert.equal(dns.streamedLength(stream, 0, stream.length), dnsQuery.length);
    assert.equal(dns.streamedLength(stream, 0, dnsQuery.length + 1), 0);
  });
});

describe('buildFrame', () => {
  const ether: FrameLayer = {
    kind: 'ethernet',
    destination: '02:00:00:00:00:02',
    source: '02:00:00:00:00:01',
  };

  it('makes frames in which tshark finds no fault', async function () {
    this.timeout(60_000);
    needTools(this, 'tshark');
    const file = inDirectory('built.pcap');
    const names = [...corpus.keys()];
    await writeFrames(file, corpus.values());
    const found = await dissect(file, ['_ws.malformed', '_ws.expert.severity', '_ws.expert.message']);
    const isAbout = /checksum|malformed|length|bogus/i;
    for (const [i, fields] of found.entries()) {
      assert.equal(fields['_ws.malformed'], '', names[i]);
      const isKnown = names[i]!.includes('without a checksum') || names[i]!.includes('fragment');
      if (!isKnown) assert.doesNotMatch(fields['_ws.expert.message'], isAbout, names[i]!);
    }
  });

  it('announces each layer in the one around it', () => {
    const frame = corpus.get('ipv6 with extensions, tcp, tags: serviceVlan')!;
    assert.deepEqual([ethernet.type(frame, 0), get16(frame, 16), get16(frame, 20)], [0x88a8, 0x8100, 0x86dd]);
    assert.equal(ipv6.nextHeader(frame, 22), ipv6.Extension.hopByHop);
    assert.equal(ipv6.upperProtocol(frame, 22, frame.length), IpProtocol.tcp);
    assert.equal(ipv6.upperAt(frame, 22, frame.length), layersOf(frame).l4At);
  });

  it('refuses what is no frame, and says what to use', () => {
    const refuse = (layers: unknown[], message: RegExp) =>
      assert.throws(() => buildFrame(...(layers as FrameLayer[])), {
        name: 'PmdError',
        code: 'ERR_PMD_INVALID_ARGUMENT',
        message,
      });
    refuse([{ kind: 'ipx' }], /"ipx" is no kind of layer \(use ethernet, vlan, /);
    refuse([undefined], /undefined is no kind of layer/);
    refuse([{ kind: 'toString' }], /"toString" is no kind of layer/);
    refuse([{ ...ether, source: 'me' }], /"me" is not a MAC address/);
    refuse(
      [{ kind: 'ipv4', source: '10.0.0', destination: '10.0.0.1' }],
      /"10\.0\.0" is not an IPv4 address/,
    );
    refuse(
      [{ kind: 'udp', source: 65_536, destination: 1 }],
      /source of udp is 65536 \(use an integer from 0 to 65535\)/,
    );
    refuse([{ kind: 'udp', source: 1 }], /destination of udp is undefined/);
    refuse(
      [{ kind: 'udp', source: 1, destination: 2, port: 3 }],
      /udp has no option "port" \(it has kind, source, /,
    );
    refuse([{ kind: 'vlan', id: 4096 }], /id of vlan is 4096/);
    refuse([{ kind: 'payload', bytes: 'text' }], /bytes of payload is "text" \(pass a Uint8Array\)/);
    refuse(
      [{ kind: 'tcp', source: 1, destination: 2, options: new Uint8Array(3) }],
      /options of tcp has 3 bytes/,
    );
    refuse([{ kind: 'extension', header: 0, data: new Uint8Array(8) }], /data of extension has 8 bytes/);
    refuse([{ kind: 'fragment', offset: 4, hasMore: false, identification: 1 }], /use a multiple of 8/);
    const tooLong: FrameLayer = { kind: 'payload', bytes: new Uint8Array(65_536) };
    refuse(
      [{ kind: 'ipv4', source: '10.0.0.2', destination: '10.0.0.1' }, tooLong],
      /length of the datagram is 65556/,
    );
  });

  const inDirectory = useDirectory();
});
