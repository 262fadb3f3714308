import { readFileSync } from 'node:fs';

/** What runs this machine's instructions: `none` is the CPU itself, `tcg` QEMU's translator; null for a virtual machine that does not say. */
export type Accelerator = 'none' | 'kvm' | 'tcg' | 'hyperv' | 'xen' | 'vmware' | null;

/** What Linux says of the machine it runs on; empty where it says nothing. */
export interface MachineFacts {
  /** /proc/cpuinfo. */
  cpuinfo: string;
  /** The clock sources that the kernel found. */
  clocksources: string;
  /** DMI's vendor of the system. */
  vendor: string;
}

const clocks: readonly [RegExp, Accelerator][] = [
  [/\bkvm-clock\b/, 'kvm'],
  [/\bhyperv_clocksource/, 'hyperv'],
  [/\bxen\b/, 'xen'],
];

/** Without a paravirtual clock a guest of QEMU counts as translated: KVM always offers its own. */
export function acceleratorOf({ cpuinfo, clocksources, vendor }: MachineFacts): Accelerator {
  const clock = clocks.find(([pattern]) => pattern.test(clocksources));
  if (clock !== undefined) return clock[1];
  if (/^model name\s*:.*\bTCG\b/m.test(cpuinfo) || /^QEMU/.test(vendor)) return 'tcg';
  if (/^VMware/.test(vendor)) return 'vmware';
  return /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo) ? null : 'none';
}

export function detectAccelerator(): Accelerator {
  return acceleratorOf({
    cpuinfo: readOr('/proc/cpuinfo'),
    clocksources: readOr('/sys/devices/system/clocksource/clocksource0/available_clocksource'),
    vendor: readOr('/sys/class/dmi/id/sys_vendor'),
  });
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
