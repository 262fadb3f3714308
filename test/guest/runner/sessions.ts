import type { GuestOptions } from '../../../src/lab/index.ts';

/** One guest, and what runs in it. */
export interface Session {
  name: string;
  guest: Partial<GuestOptions>;
  /** Run the conformance suite on the VFs first, and leave what came of it in this file. */
  conformance?: string;
  /** Fetch DPDK for the tests. */
  dpdk?: boolean;
  /** Files, relative to this folder, without their extension. */
  tests: string[];
  /** Times what PMD_SCALE says. */
  scale?: number;
}

/** A slot for a NIC that is plugged in later, whose port does not keep the functions behind it apart. */
const slotWithoutAcs = [
  ...['-device', 'pcie-root-port,id=port-without-acs,slot=9,chassis=9,disable-acs=on'],
  ...['-netdev', 'hubport,id=wire-without-acs,hubid=9'],
];

const traffic = [
  'traffic.test',
  'pf-traffic.test',
  'wasm.test',
  'offloads.test',
  'privileges.test',
  'isolation.test',
  'dpdk.test',
  'linux-vf.test',
  'refusals.test',
];
// what takes VFs away comes last: should it fail, it fails alone
const lifeAndDeath = ['life.test', 'aer.test', 'unplug.test'];

/** What the kernel answers when it is asked, and when it takes things away. The rest is the same on every kernel: that is for the full run. */
const ofKernel = ['refusals.test', ...lifeAndDeath];
const isFull = process.env['PMD_FULL'] === '1';

/** In the order in which they are begun: the longest first. */
export const sessions: Session[] = [
  {
    name: 'traffic',
    guest: { extraQemuArgs: slotWithoutAcs },
    conformance: 'vfio.json',
    dpdk: true,
    tests: traffic,
  },
  {
    name: 'linux-6.1',
    guest: { kernel: '6.1', extraQemuArgs: slotWithoutAcs },
    conformance: 'vfio-6.1.json',
    dpdk: true,
    tests: isFull ? [...traffic, ...lifeAndDeath] : ofKernel,
    scale: 0.05,
  },
  { name: 'life', guest: {}, tests: lifeAndDeath },
  { name: 'pmd-bench', guest: {}, tests: ['pmd-bench.test', 'doctor.test', 'change.test'] },
  { name: 'no-iommu', guest: { iommu: false }, tests: ['no-iommu/no-iommu.test'] },
];
