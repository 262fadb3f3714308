import type { GuestOptions } from '../../../src/lab/index.ts';

/** One guest, and what runs in it. */
export interface Session {
  name: string;
  guest: Partial<GuestOptions>;
  /** Run the conformance suite on the VFs first. */
  conformance?: boolean;
  /** Fetch DPDK for the tests. */
  dpdk?: boolean;
  /** Mocha's arguments: files, relative to this folder, without their extension, and options. */
  tests: string[];
  env?: Record<string, string>;
}

/** A slot for a NIC that is plugged in later, whose port does not keep the functions behind it apart. */
const slotWithoutAcs = [
  ...['-device', 'pcie-root-port,id=port-without-acs,slot=9,chassis=9,disable-acs=on'],
  ...['-netdev', 'hubport,id=wire-without-acs,hubid=9'],
];

export const sessions: Session[] = [
  {
    name: 'main',
    guest: { extraQemuArgs: slotWithoutAcs },
    conformance: true,
    dpdk: true,
    // what takes VFs away comes last: should it fail, it fails alone
    tests: [
      'traffic.test',
      'pf-traffic.test',
      'privileges.test',
      'isolation.test',
      'dpdk.test',
      'linux-vf.test',
      'refusals.test',
      'life.test',
    ],
  },
  { name: 'no-iommu', guest: { iommu: false }, tests: ['no-iommu/*.test'] },
  {
    name: 'linux-6.1',
    guest: { kernel: '6.1' },
    tests: ['traffic.test', 'life.test'],
    env: { PMD_SCALE: String(0.05 * Number(process.env['PMD_SCALE'] ?? '1')) },
  },
];
