import { buildFrame, dhcp, type FrameLayer, ipv4, ipv6, tcp, vxlan } from '../../../src/net/index.ts';

const ethernet: FrameLayer = {
  kind: 'ethernet',
  destination: '02:00:00:00:00:02',
  source: '02:00:00:00:00:01',
};
const ip4: FrameLayer = { kind: 'ipv4', source: '10.1.2.3', destination: '192.168.200.250' };
const ip6: FrameLayer = { kind: 'ipv6', source: 'fd00::1:2', destination: '2001:db8:0:0:8000::ffff' };
const payload = (length: number, first = 0x61): FrameLayer => ({
  kind: 'payload',
  bytes: Uint8Array.from({ length }, (_, i) => first + (i % 23)),
});
const someUdp: FrameLayer = { kind: 'udp', source: 0xc123, destination: 9 };
const someTcp: FrameLayer = {
  kind: 'tcp',
  source: 0xd000,
  destination: 0xe001,
  sequence: 0xfedcba98,
  acknowledgment: 0x01020304,
  flags: tcp.Flag.ack | tcp.Flag.psh,
};
/** A heartbeat with a byte of its own, padded. */
const sctpChunk: FrameLayer = {
  kind: 'payload',
  bytes: Uint8Array.of(4, 0, 0, 9, 0, 1, 0, 5, 0x61, 0, 0, 0),
};

const tags = {
  none: [],
  vlan: [{ kind: 'vlan', id: 7, priority: 3 }],
  serviceVlan: [
    { kind: 'vlan', id: 4000, isService: true },
    { kind: 'vlan', id: 12, priority: 7 },
  ],
  twoVlans: [
    { kind: 'vlan', id: 100 },
    { kind: 'vlan', id: 0, priority: 5 },
  ],
} satisfies Record<string, FrameLayer[]>;

const uppers: Record<string, (protocol4: boolean) => FrameLayer[]> = {
  udp: () => [someUdp, payload(21)],
  'udp without a checksum': () => [{ ...someUdp, hasChecksum: false } as FrameLayer, payload(4)],
  tcp: () => [someTcp, payload(5)],
  'tcp with options': () => [
    {
      ...someTcp,
      flags: tcp.Flag.syn,
      options: Uint8Array.of(2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 0, 0),
    } as FrameLayer,
  ],
  sctp: () => [{ kind: 'sctp', source: 5000, destination: 5001, verificationTag: 0x80000001 }, sctpChunk],
  ping: (is4) => [
    { kind: is4 ? 'icmp' : 'icmp6', type: is4 ? 8 : 128, identifier: 0x1234, sequence: 9 },
    payload(13),
  ],
  'nothing known': () => [payload(9)],
};

const networks: Record<string, FrameLayer[]> = {
  ipv4: [ip4],
  'ipv4 with options': [{ ...ip4, options: Uint8Array.of(148, 4, 0, 0, 1, 1, 1, 0) } as FrameLayer],
  ipv6: [ip6],
  'ipv6 with extensions': [
    ip6,
    { kind: 'extension', header: ipv6.Extension.hopByHop, data: Uint8Array.of(5, 2, 0, 0, 1, 0) },
    {
      kind: 'extension',
      header: ipv6.Extension.destination,
      data: Uint8Array.of(1, 12, ...Array<number>(12).fill(0)),
    },
  ],
  'ipv6 with authentication': [
    ip6,
    {
      kind: 'extension',
      header: ipv6.Extension.authentication,
      data: Uint8Array.from({ length: 22 }, (_, i) => (i < 2 ? 0 : i)),
    },
  ],
};

const fragments: Record<string, FrameLayer[]> = {
  'first ipv4 fragment': [
    { ...ip4, protocol: 17, flags: ipv4.Flag.moreFragments, identification: 77 } as FrameLayer,
    { ...someUdp, hasChecksum: false } as FrameLayer,
    payload(24),
  ],
  'later ipv4 fragment': [
    { ...ip4, protocol: 17, flags: 0, fragmentOffset: 32, identification: 77 } as FrameLayer,
    payload(24),
  ],
  'first ipv6 fragment': [
    ip6,
    { kind: 'fragment', offset: 0, hasMore: true, identification: 0xabcdef01, nextHeader: 17 },
    { ...someUdp, hasChecksum: false } as FrameLayer,
    payload(24),
  ],
  'later ipv6 fragment': [
    ip6,
    { kind: 'fragment', offset: 4096, hasMore: false, identification: 0xabcdef01, nextHeader: 17 },
    payload(24),
  ],
};

const inner: FrameLayer[] = [
  { kind: 'ethernet', destination: '02:00:00:00:00:0b', source: '02:00:00:00:00:0a' },
  { kind: 'ipv4', source: '172.16.0.1', destination: '172.16.0.2' },
  someTcp,
  payload(3),
];

function dhcpMessage(): Uint8Array {
  const message = new Uint8Array(dhcp.optionsOffset + 12);
  message.set([1, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef]);
  message.set([2, 0, 0, 0, 0, 1], 28);
  message.set([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 0, 50, 4, 10, 0, 0, 9, 255], dhcp.optionsOffset - 4);
  return message;
}

/** A question for example.com's address. */
export const dnsQuery = Uint8Array.from(
  Buffer.from('4d2a01000001000000000000076578616d706c6503636f6d0000010001', 'hex'),
);

const others: Record<string, FrameLayer[]> = {
  arp: [
    ethernet,
    { kind: 'arp', senderMac: '02:00:00:00:00:01', senderIp: '10.0.0.1', targetIp: '10.0.0.2' },
  ],
  'gre with ipv4': [ethernet, ip4, { kind: 'gre' }, ...inner.slice(1)],
  'gre with a key and ethernet': [ethernet, ip4, { kind: 'gre', key: 0xcafe0001 }, ...inner],
  vxlan: [
    ethernet,
    ip4,
    { kind: 'udp', source: 50_000, destination: vxlan.port },
    { kind: 'vxlan', network: 0xabcdef },
    ...inner,
  ],
  dhcp: [
    ethernet,
    ip4,
    { kind: 'udp', source: dhcp.clientPort, destination: dhcp.serverPort },
    { kind: 'payload', bytes: dhcpMessage() },
  ],
  dns: [
    ethernet,
    ip6,
    { kind: 'udp', source: 40_000, destination: 53 },
    { kind: 'payload', bytes: dnsQuery },
  ],
  'no ip': [ethernet, payload(50)],
};

/** Frames of all kinds, by what is in them. */
export const corpus: ReadonlyMap<string, Uint8Array> = new Map([
  ...Object.entries(tags).flatMap(([tag, tagLayers]) =>
    [
      ...Object.entries(networks).flatMap(([network, layers]) =>
        Object.entries(uppers).map(
          ([upper, upperLayers]) =>
            [`${network}, ${upper}`, [...layers, ...upperLayers(network.startsWith('ipv4'))]] as const,
        ),
      ),
      ...Object.entries(fragments),
    ].map(
      ([name, layers]) => [`${name}, tags: ${tag}`, buildFrame(ethernet, ...tagLayers, ...layers)] as const,
    ),
  ),
  ...Object.entries(others).map(([name, layers]) => [name, buildFrame(...layers)] as const),
]);
