import { writableDirectories } from './guest-files.ts';
import type { Accelerator, GuestOptions } from './options.ts';
import type { Lab } from './setup.ts';

/** The inherited file descriptors through which QEMU talks to this process. */
export const guestStreams = { control: 3, stdin: 4, stdout: 5, stderr: 6, console: 7 } as const;

/** The inherited file descriptor from which QEMU reads a guest's initramfs. */
const initrdFd = 8;

/**
 * QEMU 10.0 emulates each processor on a thread of its own, and an IOMMU's notifications flush the address translation of
 * one from the thread of another: with two, QEMU dies now and then of `iotlb_to_section`.
 */
const defaultCpus: Record<Accelerator, number> = { kvm: 2, tcg: 1 };

/**
 * Without AVX, emulated guests are faster: what a guest's C library copies in registers of 256 bits leaves the upper halves of the
 * host's own in use, and then the device models that the guest's code calls, which are compiled for SSE, run longer. A VF may need
 * twice as long for a frame (docs/decisions.md).
 */
const cpuModels: Record<Accelerator, string> = { kvm: 'host', tcg: 'max,-avx,-avx2,-fma,-f16c' };

/** QEMU's arguments for a machine that does nothing but start: what every guest has, and all that a probe has. */
export function machineArgs(lab: Lab, accelerator: Accelerator, initrd: string, append: string): string[] {
  return [
    ...lab.qemu.firmware.flatMap((directory) => ['-L', directory]),
    '-accel',
    accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi',
    '-machine',
    'q35,kernel-irqchip=split,usb=off,vmport=off,smbus=off,sata=off',
    '-cpu',
    cpuModels[accelerator],
    '-nodefaults',
    '-no-user-config',
    '-no-reboot',
    '-display',
    'none',
    '-kernel',
    lab.kernel.vmlinuz,
    '-initrd',
    initrd,
    '-append',
    // A kernel that boots on a busy host may miss the interrupts by which it checks its timer, and panics then.
    `console=ttyS0 quiet panic=-1 no_timer_check ${append}`.trim(),
  ];
}

/** QEMU's arguments for a guest with NICs, and a socket for its wire at `wirePath`. */
export function guestArgs(
  lab: Lab,
  options: GuestOptions,
  accelerator: Accelerator,
  wirePath: string | undefined,
): string[] {
  const memoryMiB = options.memoryMiB ?? 2048;
  const hugePages = Math.floor(memoryMiB / 4 / 2);
  const iommu = options.iommu ?? true;
  const append = `hugepages=${hugePages} ${iommu ? 'intel_iommu=on iommu=nopt' : 'intel_iommu=off'}`;
  return [
    ...machineArgs(lab, accelerator, `/dev/fd/${initrdFd}`, append),
    '-m',
    String(memoryMiB),
    '-smp',
    String(options.cpus ?? defaultCpus[accelerator]),
    // before every other device, or they are not behind it
    ...(iommu ? ['-device', 'intel-iommu,intremap=on,device-iotlb=on'] : []),
    ...fileSystemArgs(options),
    ...streamArgs(),
    ...nicArgs(options, wirePath),
    ...(options.extraQemuArgs ?? []),
  ];
}

function fileSystemArgs(options: GuestOptions): string[] {
  const share = (tag: string, path: string, settings: string) => [
    '-fsdev',
    `local,id=${tag},path=${escapeComma(path)},security_model=none,multidevs=remap${settings}`,
    '-device',
    `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`,
  ];
  return [
    ...share('root', '/', ',readonly=on'),
    ...writableDirectories(options).flatMap((directory, index) => share(`writable${index}`, directory, '')),
  ];
}

/** The console on the file descriptor that is this process's end of it. */
export function consoleArgs(): string[] {
  return [...socketArgs('console', guestStreams.console), '-serial', 'chardev:console'];
}

function socketArgs(name: string, fd: number): string[] {
  return ['-chardev', `socket,id=${name},fd=${fd}`];
}

function streamArgs(): string[] {
  const { console: _, ...ports } = guestStreams;
  return [
    ...consoleArgs(),
    '-device',
    'virtio-serial-pci',
    ...Object.entries(ports).flatMap(([name, fd]) => [
      ...socketArgs(name, fd),
      '-device',
      `virtserialport,chardev=${name},name=${name}`,
    ]),
  ];
}

/**
 * Each PF sits behind a root port of its own, so that every VF is alone in its IOMMU group. The port is of the 82576's own
 * generation: of a faster one Linux wants to see the link active after a reset, which QEMU 10.0's never is, and then
 * it gives the card up at the first fatal error.
 */
function nicArgs(options: GuestOptions, wirePath: string | undefined): string[] {
  const args: string[] = [];
  for (let pf = 0; pf < (options.pfs ?? 1); pf++) {
    args.push(
      '-device',
      `pcie-root-port,id=port${pf},slot=${pf + 1},chassis=${pf + 1},x-speed=2_5,x-width=4`,
      '-netdev',
      `hubport,id=wire${pf},hubid=0`,
      '-device',
      `igb,id=pf${pf},bus=port${pf},netdev=wire${pf},mac=52:54:00:00:0${pf}:00,romfile=`,
    );
  }
  if (wirePath !== undefined) {
    const path = escapeComma(wirePath);
    args.push(
      ...['-netdev', `stream,id=host,server=on,addr.type=unix,addr.path=${path}`],
      ...['-netdev', 'hubport,id=wire-to-host,hubid=0,netdev=host'],
    );
  }
  if (options.pcap !== undefined) {
    args.push('-object', `filter-dump,id=capture,netdev=wire0,file=${escapeComma(options.pcap)}`);
  }
  return args;
}

/** QEMU splits options at commas; a doubled one stands for itself. */
function escapeComma(text: string): string {
  return text.replaceAll(',', ',,');
}
