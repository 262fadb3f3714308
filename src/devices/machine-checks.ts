import type { FindingCommand } from '../core/finding.ts';
import type { Finding } from './finding.ts';
import type { Host } from './host.ts';

type Found = Pick<Finding, 'id' | 'severity' | 'evidence' | 'why'> & {
  advice: string;
  commands?: FindingCommand[];
};

/** Mappings that a port may need: one for each part of its pool. */
const neededMappings = 64;

/** What is about the machine and no device: how VFIO was set up, and what costs time. */
export function checkMachine(host: Host): Finding[] {
  const found = [
    ...vfioChecks(host),
    ...memoryChecks(host),
    ...processorChecks(host),
    ...containerChecks(host),
  ];
  return found.map(({ advice, commands = [], ...rest }) => {
    const steps = [{ text: advice, commands }];
    return { ...rest, subject: null, steps, code: null, fixable: commands.length > 0 };
  });
}

function* vfioChecks(host: Host): Generator<Found> {
  const type1 = '/sys/module/vfio_iommu_type1/parameters';
  if (host.text('/sys/module/vfio/parameters/enable_unsafe_noiommu_mode') === 'Y')
    yield {
      id: 'unsafe-no-iommu',
      severity: 'warning',
      evidence: 'VFIO was told to give out devices without an IOMMU (enable_unsafe_noiommu_mode)',
      why: 'A device that a program has can write anywhere in memory then. This library refuses such devices.',
      advice: 'run: ',
      commands: [{ path: '/sys/module/vfio/parameters/enable_unsafe_noiommu_mode', text: 'N' }],
    };
  if (host.text(`${type1}/allow_unsafe_interrupts`) === 'Y')
    yield {
      id: 'unsafe-interrupts',
      severity: 'warning',
      evidence: 'VFIO was told to do without interrupt remapping (allow_unsafe_interrupts)',
      why: 'A device that a program has can raise any interrupt then.',
      advice: 'run: ',
      commands: [{ path: `${type1}/allow_unsafe_interrupts`, text: 'N' }],
    };
  const limit = host.number(`${type1}/dma_entry_limit`);
  if (limit !== undefined && limit < neededMappings)
    yield {
      id: 'dma-entry-limit',
      severity: 'warning',
      evidence: `a program may have ${limit} mappings for its device (dma_entry_limit)`,
      why: `A port with several pools takes up to ${neededMappings}, and fails with ERR_PMD_DMA without them.`,
      advice: 'run: ',
      commands: [{ path: `${type1}/dma_entry_limit`, text: '65535' }],
    };
  for (const unit of host.names('/sys/class/iommu')) {
    const width = addressWidth(host.text(`/sys/class/iommu/${unit}/intel-iommu/cap`));
    if (width !== undefined && width < 39)
      yield {
        id: 'address-width',
        severity: 'note',
        evidence: `addresses that a device can use have ${width} bits (${unit})`,
        why: 'All pools of a port must fit in there.',
        advice: 'use smaller pools if openPort fails with ERR_PMD_DMA',
      };
  }
}

/** Maximum guest address width: bits 21 to 16 of the capability register, less one. */
function addressWidth(capability: string | undefined): number | undefined {
  if (capability === undefined || !/^[\da-f]{1,16}$/i.test(capability)) return undefined;
  return Number((BigInt(`0x${capability}`) >> 16n) & 0x3fn) + 1;
}

function* memoryChecks(host: Host): Generator<Found> {
  const pages = '/sys/kernel/mm/hugepages/hugepages-2048kB';
  if (host.number(`${pages}/free_hugepages`) === 0)
    yield {
      id: 'huge-pages',
      severity: 'note',
      evidence: 'no huge page of 2 MiB is free',
      why: 'Pools use small pages then, which costs time at every frame.',
      advice: 'reserve 256 MiB, for instance: ',
      commands: [
        { path: `${pages}/nr_hugepages`, text: `${(host.number(`${pages}/nr_hugepages`) ?? 0) + 128}` },
      ],
    };
}

function* processorChecks(host: Host): Generator<Found> {
  const governor = host.text('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor');
  if (governor !== undefined && governor !== 'performance')
    yield {
      id: 'cpu-governor',
      severity: 'note',
      evidence: `the governor of processor 0 is ${governor}`,
      why: 'A processor that changes its frequency adds latency, and figures of a run vary.',
      advice: 'choose the governor performance: sudo cpupower frequency-set -g performance',
    };
  const source = host.text('/sys/devices/system/clocksource/clocksource0/current_clocksource');
  const available = host.text('/sys/devices/system/clocksource/clocksource0/available_clocksource') ?? '';
  if (source !== undefined && source !== 'tsc' && /\btsc\b/.test(available))
    yield {
      id: 'clock-source',
      severity: 'note',
      evidence: `the kernel keeps time by ${source} and not by the TSC`,
      why: 'Each look at the clock becomes a system call.',
      advice: 'look for the reason in `sudo dmesg | grep -i tsc`',
    };
  if (host.text('/sys/devices/system/cpu/isolated') === '')
    yield {
      id: 'no-isolation',
      severity: 'note',
      evidence: 'no processor is isolated',
      why: 'The kernel may put other work on the processor of a program that polls, which adds latency.',
      advice: 'boot with isolcpus=N nohz_full=N, and pin the program to processor N with pinThread(N)',
    };
}

function* containerChecks(host: Host): Generator<Found> {
  const isReadOnly = (host.text('/proc/self/mounts') ?? '')
    .split('\n')
    .some((line) => / \/sys sysfs ro[, ]/.test(line));
  if (isReadOnly)
    yield {
      id: 'read-only-sys',
      severity: 'note',
      evidence: '/sys is read-only here, as in a container',
      why: 'Devices cannot be bound from here.',
      advice: 'run commands that write to /sys on the host',
    };
}

/** Processors that a process may use, or a node has: `0-3,8`. */
export function processorsIn(list: string | undefined): Set<number> | undefined {
  if (list === undefined || !/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/.test(list)) return undefined;
  const processors = new Set<number>();
  for (const range of list.split(',')) {
    const [first, last = first] = range.split('-').map(Number) as [number, number?];
    for (let cpu = first; cpu <= last; cpu++) processors.add(cpu);
  }
  return processors;
}

/** Whether this process may run where the device's memory is near. */
export function checkNode(host: Host, address: string, node: number | null): Finding[] {
  if (node === null) return [];
  const near = processorsIn(host.text(`/sys/devices/system/node/node${node}/cpulist`));
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(host.text('/proc/self/status') ?? '')?.[1];
  const mine = processorsIn(allowed);
  if (near === undefined || mine === undefined || [...mine].some((cpu) => near.has(cpu))) return [];
  return [
    {
      id: 'far-node',
      severity: 'note',
      subject: address,
      evidence: `${address} is at NUMA node ${node}, and this process may use the processors ${allowed} only`,
      why: 'Each frame crosses from one node to the other.',
      steps: [
        { text: `start the program with numactl --cpunodebind=${node} --membind=${node}`, commands: [] },
      ],
      code: null,
      fixable: false,
    },
  ];
}
