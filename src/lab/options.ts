import { stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { LabError } from './lab-error.ts';
import type { SetupOptions } from './setup.ts';
import { isWirePathTooLong } from './wire-socket.ts';

/** What a processor of the guest is: the host's, or an emulated one. */
export type Accelerator = 'kvm' | 'tcg';

/** A guest and what runs in it. */
export interface GuestOptions extends SetupOptions {
  /** The program and its arguments, as the host would find them. */
  command: readonly string[];
  /** The command's working directory. Default: this process's. */
  cwd?: string;
  /** The command's environment. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** The command's input; null is an empty one. Default: this process's. */
  stdin?: Readable | null;
  /** Where the command's output goes. Default: this process's. */
  stdout?: Writable;
  /** Where the command's errors go. Default: this process's. */
  stderr?: Writable;
  /** VFs for each PF, 0 to 7. Default: 2. */
  vfs?: number;
  /** Emulated NICs, 1 to 4, all on one wire. Default: 1. */
  pfs?: number;
  /** The guest's memory; a quarter is reserved as huge pages of 2 MiB. Default: 2048. */
  memoryMiB?: number;
  /** The guest's processors. Default: 2 under KVM, 1 under TCG, which is unreliable with more behind an IOMMU. */
  cpus?: number;
  /** Default: KVM if a probe guest runs under it, else TCG. */
  accel?: 'auto' | Accelerator;
  /** Directories whose changes reach the host; everything else is writable in the guest's memory only. */
  writable?: readonly string[];
  /** Bind the VFs to vfio-pci. Default: true; false leaves them without a driver. */
  bind?: boolean;
  /** Put a VT-d IOMMU in front of the devices. Default: true; without one, VFs are not bound. */
  iommu?: boolean;
  /** The PFs' MTU. Default: 1500. */
  mtu?: number;
  /** `pf`: the PF assigns each VF a MAC, 52:54:00:00:0P:1V; `none`: it assigns none. Default: `pf`. */
  vfMacs?: 'pf' | 'none';
  /** Capture what crosses the wire of the first PF into this file. */
  pcap?: string;
  /**
   * A Unix socket to make on this host, when the command begins, where nothing is yet. Whoever connects to it is on the wire with the PFs: each frame, without FCS, goes
   * with its length before it, four bytes in network order.
   */
  wire?: string;
  /** Copy the guest's console into this file. */
  console?: string;
  /** End a guest that runs longer than this, with exit code 124. Default: no limit. */
  timeoutSeconds?: number;
  /** Give up a guest that has not begun the command by then. Default: 300. */
  bootTimeoutSeconds?: number;
  /** Ends the guest when aborted. */
  signal?: AbortSignal;
  /** More arguments for QEMU, for tests. */
  extraQemuArgs?: readonly string[];
}

/** What became of a guest's command. */
export interface GuestResult {
  /** The command's exit status; 128 + N when signal N killed it; 124 when time ran out. */
  exitCode: number;
  timedOut: boolean;
  /** What the guest's processors were. */
  accelerator: Accelerator;
  qemuVersion: string;
  kernelRelease: string;
  /** From the start of QEMU to the start of the command. */
  bootSeconds: number;
}

/** The exit code for a guest that was ended by its time limit, as timeout(1) has it. */
export const timeoutExitCode = 124;

/** Refuses directories that can't be shared with a guest; QEMU would say so less plainly. */
export async function checkDirectories(options: GuestOptions): Promise<void> {
  for (const directory of [options.cwd ?? '.', ...(options.writable ?? [])]) {
    const status = await stat(directory).catch(() => undefined);
    if (status?.isDirectory() && !directory.includes('\n')) continue;
    throw new LabError(
      `${directory} is not a directory that a guest can use`,
      'make it on the host before the guest starts',
    );
  }
}

/** Refuses what no guest can be made of, before anything is started. */
export function checkOptions(options: GuestOptions): void {
  const range = (name: keyof GuestOptions, least: number, most: number) => {
    const value = options[name];
    if (value === undefined) return;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return;
    throw new LabError(
      `${name} is ${value}, and must be a whole number from ${least} to ${most}`,
      'correct it',
    );
  };
  range('vfs', 0, 7);
  range('pfs', 1, 4);
  range('cpus', 1, 64);
  range('memoryMiB', 512, 1 << 20);
  range('mtu', 68, 9216);
  if (options.timeoutSeconds !== undefined && !(options.timeoutSeconds > 0)) {
    throw new LabError(`timeoutSeconds is ${options.timeoutSeconds}, and must be more than 0`, 'correct it');
  }
  if (options.wire !== undefined && isWirePathTooLong(options.wire)) {
    throw new LabError(
      `the socket's path ${options.wire} is longer than a socket's can be`,
      'name a shorter one with "wire"',
    );
  }
  if (options.command.length === 0 || options.command[0] === '') {
    throw new LabError('there is no command to run in the guest', 'name one, such as ["uname", "-r"]');
  }
  const text = [...options.command, ...Object.values(options.env ?? {}), options.cwd ?? ''];
  if (text.some((word) => word?.includes('\0'))) {
    throw new LabError('the command, its environment or its directory has a NUL in it', 'remove it');
  }
}
