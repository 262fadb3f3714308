// Writes docs/features.md: npm run docs:features.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addon } from '../../../src/core/native.ts';
import { Port } from '../../../src/core/port.ts';
import { type Capabilities, type Offload, RxFlag, RxQueue, TxQueue } from '../../../src/index.ts';

export const page = join(import.meta.dirname, '../../../docs/features.md');

/** Kinds of ports, each by an address whose port need not be there. */
const ports: [name: string, address: string][] = [
  ['igbvf, `emu:`', 'emu:features'],
  ['`emu:…,offloads=none`', 'emu:features,offloads=none'],
  ['`packet:`', 'packet:features'],
  ['`tap:`', 'tap:features'],
  ['`pcap:`', 'pcap:,out=/tmp/features.pcap'],
];

type Cell = (capabilities: Capabilities) => string;

const yes = () => 'yes';
const ifTrue = (value: boolean) => (value ? 'yes' : 'no');
/** Work that the library does for a device that can't. */
const worst = (...offloads: Offload[]) => (offloads.includes('software') ? 'software' : 'native');
const checks = ({ rxFlags }: Capabilities, flag: number) =>
  (rxFlags & flag) !== 0 ? 'native' : 'software (`verifyChecksums`)';
const has = (prototype: object, name: string) => ifTrue(name in prototype);

/** The rows of DPDK's `doc/guides/nics/features/igb_vf.ini`, in its order, and how far each kind of port goes. */
export const rows: [feature: string, cell: Cell][] = [
  ['Link status', yes],
  ['Rx interrupt', yes],
  ['Scattered Rx', ({ chains }) => (chains ? '`chains`' : 'no: frames fit a buffer')],
  ['TSO', ({ txOffloads }) => txOffloads.tcpSegmentation],
  [
    'Promiscuous mode',
    ({ driver }) => {
      if (driver === 'packet') return '`promisc` in the address';
      return driver === 'igbvf' ? has(Port.prototype, 'setPromiscuous') : 'always';
    },
  ],
  ['Allmulticast mode', ({ allMulticast }) => ifTrue(allMulticast)],
  [
    'Unicast MAC filter',
    ({ driver }) => (driver === 'igbvf' ? has(Port.prototype, 'addMac') : 'n/a: every frame is received'),
  ],
  ['VLAN filter', ({ vlanFilter }) => (vlanFilter ? 'yes' : 'n/a: every tag is received')],
  ['CRC offload', () => "n/a: the PF's, or the kernel's, which strip it"],
  [
    'VLAN offload',
    ({ txOffloads, rxFlags }) => `${txOffloads.vlan}; strip: ${rxFlags & RxFlag.vlan ? 'native' : 'no'}`,
  ],
  ['QinQ offload', ({ txOffloads }) => `${txOffloads.vlan}: the outer tag`],
  ['L3 checksum offload', (c) => `${c.txOffloads.ipChecksum}; check: ${checks(c, RxFlag.ipChecksumGood)}`],
  [
    'L4 checksum offload',
    (c) => {
      const { tcpChecksum, udpChecksum, sctpChecksum } = c.txOffloads;
      return `${worst(tcpChecksum, udpChecksum, sctpChecksum)}; check: ${checks(c, RxFlag.l4ChecksumGood)}`;
    },
  ],
  ['Packet type parsing', (c) => ((c.rxFlags & RxFlag.ipv4) !== 0 ? 'native' : 'software (`createHeaders`)')],
  ['Rx descriptor status', () => has(RxQueue.prototype, 'ready')],
  ['Tx descriptor status', () => has(TxQueue.prototype, 'pending')],
  ['Basic stats', yes],
  ['Extended stats', () => has(Port.prototype, 'extendedStats')],
  [
    'Registers dump',
    ({ driver }) => (driver === 'igbvf' ? has(Port.prototype, 'registers') : 'n/a: no registers'),
  ],
];

/** The page as it has to be now. */
export function document(): string {
  const capabilities = ports.map(([, address]) => addon.capabilities(address));
  const heads = ['DPDK’s `igb_vf`', ...ports.map(([name]) => name)];
  const lines = rows.map(([feature, cell]) => `| ${[feature, ...capabilities.map(cell)].join(' | ')} |`);
  return `<!-- Generated from the ports' capabilities: npm run docs:features -->

# Features

What DPDK's matrix (\`igb_vf.ini\`) lists of its driver for the same devices, and what each kind of port does here. *Native*: the
device does it; *software*: the library does, before a frame is sent, or when it is asked to. A program asks
\`port.capabilities\`, from which this page is made.

| ${heads.join(' | ')} |
|${heads.map(() => '---|').join('')}
${lines.join('\n')}

Each request works on each port: \`burst.txRequests\` and \`burst.segmentSizes\` are met by whoever can. Segments that the library cuts
fit one buffer of the pool. Datagrams of UDP are cut by the library on igbvf ports, and by the kernel (Linux 6.2 or newer) on its own.
`;
}

if (process.argv[1] === import.meta.filename) {
  const now = document();
  writeFileSync(page, now);
  process.exit(0);
}
