/** What frames of the corpus are told apart by, one at a time. */
const primitives = [
  ...['ip', 'ip6', 'arp', 'tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'ether proto 0x88b5'],
  ...[
    'host 10.1.2.3',
    'src host 10.1.2.3',
    'dst host 10.1.2.3',
    'host fd00::1:2',
    'dst host 2001:db8:0:0:8000::ffff',
  ],
  ...[
    'net 192.168.0.0/16',
    'src net 10.0.0.0/8',
    'dst net 10.0.0.0/8',
    'ip6 net 2001:db8::/32',
    'net 172.16',
  ],
  ...['port 53', 'port 9', 'src port 53', 'dst port 9', 'udp port 53', 'tcp port 57345', 'portrange 50-70'],
  ...['tcp dst portrange 57000-58000', 'sctp port 5000', 'ip proto 17', 'ip proto 47', 'ip6 proto 6'],
  ...['ether host 02:00:00:00:00:01', 'ether dst 02:00:00:00:00:02', 'ether src 02:00:00:00:00:02'],
];

/** Each alone, and with others. */
const combined = primitives.flatMap((one) => [
  one,
  `not (${one})`,
  `(${one}) and len > 90`,
  `vlan and (${one})`,
  `(${one}) or arp`,
]);

/** What only tcpdump's language has. */
const special = [
  ...[
    '',
    'vlan',
    'vlan 7',
    'vlan 100',
    'vlan 4000',
    'vlan 4000 and vlan 12',
    'vlan and vlan',
    'not vlan',
    'vlan 12 or vlan 7',
  ],
  ...[
    'less 64',
    'greater 100',
    'len = 60',
    'len > 80 and len <= 100',
    'len / 2 > 40',
    'len % 3 = 1',
    'len * 3 - 7 > 200',
  ],
  ...['ether broadcast', 'ether multicast', 'multicast', 'broadcast', 'ip multicast', 'ip6 multicast'],
  ...[
    'tcp[tcpflags] & tcp-syn != 0',
    'tcp[tcpflags] == tcp-ack|tcp-push',
    'tcp[13] & 7 != 0',
    'tcp[12] >> 4 > 5',
  ],
  ...[
    'ip[0] & 0xf != 5',
    'ip[6:2] & 0x1fff = 0',
    'ip[6:2] & 0x3fff != 0',
    'ip[2:2] > 40',
    'ip[8] = 64',
    'ip[9] ^ 17 = 0',
  ],
  ...[
    'ip[2:2] - ((ip[0] & 0xf) << 2) > 20',
    '(ip[8] * 2 + 1) % 7 = 3',
    'ip[12:4] = 0x0a010203',
    'ip[1] | 1 = 1',
  ],
  ...[
    'udp[4:2] > 20',
    'udp[0:2] = udp[2:2]',
    'udp[8:4] != 0x61626364',
    'udp[6:2] = 0',
    'ip6[6] = 17',
    'ip6[40] = 0',
  ],
  ...['icmp[icmptype] = icmp-echo', 'icmp6[0] = 128', 'icmp[4:2] = 0x1234', 'icmp6[icmp6type] = icmp6-echo'],
  ...[
    'ether[0] & 1 = 0',
    'ether[12:2] = 0x8100',
    'ether[14:2] & 0xfff = 7',
    'ether[20] - ether[21] > 3',
    'ether[len - 1] > 0x65',
  ],
  ...[
    'ether[ether[14] & 0xf] = 0',
    'ip[(ip[0] & 0xf) * 4 : 2] = 0xc123',
    'ether[1000] = 0',
    'ether[12:2] << 3 > 16384',
  ],
  ...[
    'udp port 53 and not host 10.0.0.1',
    '(tcp or udp) and not port 9',
    'ip and not (tcp or udp or icmp)',
    'ip or ip6',
  ],
  ...[
    'tcp src port 53248 and tcp dst port 57345',
    'host 10.1.2.3 and host 192.168.200.250',
    'not ip and not ip6',
  ],
  ...[
    'ip host 10.1.2.3 or 172.16.0.1',
    'port 53 or 67 or 68',
    'udp dst port 4789',
    'arp host 10.0.0.1',
    'arp[7] = 1',
  ],
  ...[
    'ip proto \\tcp',
    'ether proto \\arp',
    'ip6 proto \\sctp',
    'ip[16:2] & 0xfff0 = 0xc0a0',
    '-len > 0 - 100',
  ],
];

/** Expressions of tcpdump's. */
export const expressions: readonly string[] = [...special, ...combined];
