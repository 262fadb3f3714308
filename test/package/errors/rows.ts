import { readFileSync } from 'node:fs';
import {
  attachPool,
  attachRxQueue,
  type Burst,
  createPool,
  openPort,
  type PmdErrorCode,
  type Pool,
  type Port,
} from '../../../src/index.ts';

/** What a row that can be tried anywhere gets to try it with. */
export interface Bench {
  pool: Pool;
  /** Open, with `pool`. */
  port: Port;
  /** Of `pool`, with one received frame. */
  burst: Burst;
}

/** A way to go wrong: what a user did, and what this package says to it. */
export interface Row {
  what: string;
  code: PmdErrorCode;
  /** Does it; must fail. Without it the row needs VFIO: `test` does it in a guest, and demands the `example`. */
  attempt?: (bench: Bench) => unknown;
  /** What is said depends on the machine: shown as it was said on another one. */
  example?: string;
  /** Why this machine cannot show it. */
  cannot?: () => string | undefined;
  /** Where the row is tested. */
  test?: string;
}

const freeHugePages = () =>
  Number(/HugePages_Free:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0);
const wrong = <T>(value: unknown): T => value as T;
const refusals = 'test/guest/refusals.test.ts';
const privileges = 'test/guest/privileges.test.ts';

/** What a user may get wrong, in the order in which one gets there. */
export const rows: readonly Row[] = [
  { what: 'not an address at all', code: 'ERR_PMD_INVALID_ARGUMENT', attempt: () => openPort(wrong(7)) },
  { what: 'no scheme accepts the address', code: 'ERR_PMD_ADDRESS', attempt: () => openPort('eth0') },
  { what: 'malformed PCI address', code: 'ERR_PMD_ADDRESS', attempt: () => openPort('0000:01:10.9') },
  {
    what: 'PCI address in another form',
    code: 'ERR_PMD_ADDRESS',
    attempt: () => openPort('0000:0A:10.0'),
  },
  {
    what: 'PCI address without its domain',
    code: 'ERR_PMD_ADDRESS',
    attempt: () => openPort('01:10.0'),
  },
  {
    what: 'a list of PCI addresses, as Kubernetes hands out',
    code: 'ERR_PMD_ADDRESS',
    attempt: () => openPort('0000:01:10.0,0000:01:10.2'),
  },
  { what: 'a path for an address', code: 'ERR_PMD_ADDRESS', attempt: () => openPort('../../etc/passwd') },
  { what: 'software VF without a name', code: 'ERR_PMD_ADDRESS', attempt: () => openPort('emu:') },
  {
    what: 'software VF with an option that does not exist',
    code: 'ERR_PMD_ADDRESS',
    attempt: () => openPort('emu:a,speed=10'),
  },
  {
    what: 'capture file that does not exist',
    code: 'ERR_PMD_CAPTURE_FILE',
    attempt: () => openPort('pcap:none.pcap'),
  },
  {
    what: 'no capture file',
    code: 'ERR_PMD_CAPTURE_FILE',
    attempt: () => openPort('pcap:package.json'),
  },
  {
    what: 'capture file with an option that does not exist',
    code: 'ERR_PMD_ADDRESS',
    attempt: () => openPort('pcap:a.pcap,fast'),
  },
  {
    what: 'TAP interface that the kernel could not have',
    code: 'ERR_PMD_ADDRESS',
    attempt: () => openPort('tap:tap%d'),
  },
  {
    what: 'device absent',
    code: 'ERR_PMD_NO_DEVICE',
    attempt: () => openPort('ffffffff:ff:1f.7'),
    example:
      'there is no PCI device 0000:01:1f.7 (supported functions on this machine: 0000:01:10.0 (vfio-pci), 0000:01:10.2 (none))',
  },
  {
    what: 'the PF instead of a VF',
    code: 'ERR_PMD_UNSUPPORTED_DEVICE',
    example:
      '0000:01:00.0 (8086:10c9) is a physical function, not a virtual one (open one of its virtual functions: 0000:01:10.0, 0000:01:10.2)',
    test: refusals,
  },
  {
    what: 'not a VF that the driver knows',
    code: 'ERR_PMD_UNSUPPORTED_DEVICE',
    example:
      '0000:00:1f.2 is a 8086:2922; supported are 8086:10ca, 8086:1520, 8086:152d, 8086:152f (supported functions on this machine: 0000:01:10.0 (vfio-pci))',
    test: refusals,
  },
  {
    what: 'not bound to vfio-pci',
    code: 'ERR_PMD_NOT_BOUND',
    example:
      '0000:01:10.0 is bound to igbvf, not to vfio-pci (run: sudo modprobe vfio-pci && echo vfio-pci | sudo tee /sys/bus/pci/devices/0000:01:10.0/driver_override && echo 0000:01:10.0 | sudo tee /sys/bus/pci/devices/0000:01:10.0/driver/unbind && echo 0000:01:10.0 | sudo tee /sys/bus/pci/drivers_probe)',
    test: 'test/guest/linux-vf.test.ts',
  },
  {
    what: 'group not viable',
    code: 'ERR_PMD_GROUP_NOT_VIABLE',
    example:
      'IOMMU group 5 of 0000:01:10.0 also holds 0000:01:00.0 (igb) (unbind every one of them from its driver or bind it to vfio-pci too, or move the card to a slot whose port isolates it (ACS))',
    test: refusals,
  },
  {
    what: 'no IOMMU',
    code: 'ERR_PMD_NO_IOMMU',
    example:
      '0000:01:10.0 is in no IOMMU group: the system has no active IOMMU (this is a virtual machine: give it a virtual IOMMU (QEMU: -machine q35,kernel-irqchip=split -device intel-iommu,intremap=on) and boot it with intel_iommu=on)',
    test: 'test/guest/no-iommu/no-iommu.test.ts',
  },
  {
    what: 'EACCES: the group node is another user’s',
    code: 'ERR_PMD_ACCESS',
    example:
      '0000:01:10.0: cannot open /dev/vfio/5: Permission denied (run: sudo chown "$USER" /dev/vfio/5 (until the next bind), or for good a udev rule in /etc/udev/rules.d/10-vfio.rules: SUBSYSTEM=="vfio", GROUP="vfio", MODE="0660"; in a container, pass the device: --device /dev/vfio/5)',
    test: privileges,
  },
  {
    what: 'EBUSY: another process has it open',
    code: 'ERR_PMD_BUSY',
    example:
      '0000:01:10.0: /dev/vfio/5 is in use by pid 123 (node) (close the port, or end the program, that has it open)',
    test: privileges,
  },
  {
    what: 'memlock limit too small',
    code: 'ERR_PMD_MEMLOCK',
    example:
      '0000:01:10.0: mapping 4587520 bytes for the device needs 4587520 bytes of locked memory in all, but the limit is 65536 (raise it to at least: ulimit -l 4480 (KiB), LimitMEMLOCK=4480K in a systemd unit, --ulimit memlock=4587520 for docker; or make the pool smaller)',
    test: privileges,
  },
  {
    what: 'the PF is down',
    code: 'ERR_PMD_PEER_SILENT',
    example: "0000:01:10.0: the PF is in reset or down (bring the PF's interface up: ip link set PF up)",
    test: refusals,
  },
  {
    what: 'no hugepages',
    code: 'ERR_PMD_NO_MEMORY',
    attempt: () => createPool({ buffers: 1 << 20, hugePages: 'require' }),
    cannot: () => (freeHugePages() < 1120 ? undefined : 'it has as many huge pages as a pool can be large'),
    example:
      "no 1120 free huge pages of 2 MiB: Cannot allocate memory (reserve them: echo 1120 | sudo tee /proc/sys/vm/nr_hugepages, or ask for hugePages: 'try')",
  },
  {
    what: 'too few buffers for a pool',
    code: 'ERR_PMD_INVALID_ARGUMENT',
    attempt: () => createPool({ buffers: 10 }),
  },
  {
    what: 'ring out of range',
    code: 'ERR_PMD_INVALID_ARGUMENT',
    attempt: () => openPort('emu:b', { rxRing: 8192 }),
  },
  {
    what: 'ring not a power of two',
    code: 'ERR_PMD_INVALID_ARGUMENT',
    attempt: () => openPort('emu:b', { txRing: 100 }),
  },
  {
    what: 'MTU out of range',
    code: 'ERR_PMD_INVALID_ARGUMENT',
    attempt: () => openPort('emu:b', { mtu: 10000 }),
  },
  {
    what: 'an option that does not exist',
    code: 'ERR_PMD_INVALID_ARGUMENT',
    attempt: () => openPort('emu:b', wrong({ rings: 512 })),
  },
  {
    what: 'malformed MAC address',
    code: 'ERR_PMD_INVALID_ARGUMENT',
    attempt: () => openPort('emu:b', { mac: '02-00-00-00-00-01' }),
  },
  {
    what: 'pool too small for the rings',
    code: 'ERR_PMD_POOL_TOO_SMALL',
    attempt: async () => {
      await using small = await createPool({ buffers: 512 });
      await openPort('emu:b', { pool: small });
    },
  },
  {
    what: 'pool closed under an open port',
    code: 'ERR_PMD_BUSY',
    attempt: ({ pool }) => pool.close(),
  },
  {
    what: 'frame too short',
    code: 'ERR_PMD_FRAME_LENGTH',
    attempt: ({ port, burst }) => {
      burst.lengths[0] = 13;
      port.tx[0].send(burst);
    },
  },
  {
    what: 'frame too long',
    code: 'ERR_PMD_FRAME_LENGTH',
    attempt: ({ port, burst }) => {
      burst.lengths[0] = 1519;
      port.tx[0].send(burst);
    },
  },
  {
    what: 'frame that leaves its buffer',
    code: 'ERR_PMD_FRAME_LENGTH',
    attempt: ({ port, burst }) => {
      burst.lengths[0] = 60;
      burst.offsets[0] = 2150;
      port.tx[0].send(burst);
    },
  },
  {
    what: 'released frame',
    code: 'ERR_PMD_NOT_OWNER',
    attempt: ({ pool, port, burst }) => {
      const again = pool.createBurst(1);
      again.allocate(1);
      again.indices[0] = burst.indices[0]!;
      burst.release();
      port.tx[0].send(again);
    },
  },
  {
    what: 'foreign frame: of another pool',
    code: 'ERR_PMD_POOL_MISMATCH',
    attempt: async ({ port }) => {
      await using other = await createPool({ buffers: 1024 });
      const foreign = other.createBurst(1);
      foreign.append(new Uint8Array(60));
      try {
        port.tx[0].send(foreign);
      } finally {
        foreign.release();
      }
    },
  },
  {
    what: 'closed port',
    code: 'ERR_PMD_CLOSED',
    attempt: async ({ port, burst }) => {
      await port.close();
      port.rx[0].receive(burst);
    },
  },
  {
    what: 'a token of something else',
    code: 'ERR_PMD_INVALID_ARGUMENT',
    attempt: ({ pool }) => attachRxQueue(wrong(pool.token)),
  },
  {
    what: 'no token at all',
    code: 'ERR_PMD_INVALID_ARGUMENT',
    attempt: () => attachPool(wrong('pool')),
  },
];
