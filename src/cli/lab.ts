import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { printable, printableLine } from '../core/printable.ts';
import { type GuestOptions, LabError, runInGuest, setupLab } from '../lab/index.ts';

/** The exit code when the lab itself fails, and not the command in it; env(1) and docker(1) use the same. */
const labFailedExitCode = 125;

const runExitCodes = `
Exit codes:
  0 to 123  what the command in the guest ended with
  124       the guest ran longer than --timeout
  125       the lab failed, and not the command
  126, 127  the command can't be run, or is not there
  128 + n   signal n ended the command, or SIGINT, SIGTERM or SIGHUP the lab`;

const signalExitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

interface RunFlags {
  vfs: number;
  pfs: number;
  memory: number;
  cpus?: number;
  accel: 'auto' | 'kvm' | 'tcg';
  kernel?: string;
  qemu?: string;
  pcap?: string;
  wire?: string;
  console?: string;
  timeout?: number;
  writable?: string[];
  bind: boolean;
  iommu: boolean;
  mtu?: number;
  vfMacs: 'pf' | 'none';
}

/** `pmd-bench lab`: emulated igb VFs in QEMU. */
export function labCommand(): Command {
  return new Command('lab')
    .enablePositionalOptions()
    .description('boot emulated igb VFs in QEMU and run a program among them')
    .addCommand(runCommand())
    .addCommand(setupCommand());
}

function runCommand(): Command {
  return new Command('run')
    .description(
      "run a command in a guest whose root is this file system, read-only; VF0, VF1, … hold the VFs' addresses",
    )
    .argument('<command...>', 'the command and its arguments, after "--"')
    .option('--vfs <n>', 'VFs of each PF', number, 2)
    .option('--pfs <n>', 'emulated igb NICs', number, 1)
    .option('--memory <MiB>', "the guest's memory; a quarter becomes huge pages", number, 2048)
    .option('--cpus <n>', "the guest's processors (default: 2 under KVM, 1 under TCG)", number)
    .addOption(
      new Option('--accel <which>', 'KVM only if a probe guest runs under it')
        .choices(['auto', 'kvm', 'tcg'])
        .default('auto'),
    )
    .option('--kernel <which>', 'a kernel image, a package, or the start of a version')
    .option('--qemu <file>', 'a QEMU >= 9.0')
    .option('--pcap <file>', 'capture what crosses the wire')
    .option(
      '--wire <where>',
      '"host", or "host:SOCKET": a Unix socket that puts a program of the host on the wire',
      wireSocket,
    )
    .option('--console <file>', "keep the guest's console")
    .option('--timeout <seconds>', 'end a guest that runs longer, with exit code 124', number)
    .option('--writable <directory>', 'let changes in it reach the host (may be repeated)', collect)
    .option('--no-bind', 'leave the VFs without a driver')
    .option('--no-iommu', 'a machine without an IOMMU')
    .option('--mtu <bytes>', "the PFs' MTU", number)
    .addOption(
      new Option('--vf-macs <whose>', 'MACs by the PF, or none').choices(['pf', 'none']).default('pf'),
    )
    .passThroughOptions()
    .addHelpText('after', runExitCodes)
    .action((command: string[], flags: RunFlags) => showingLabErrors(() => run(command, flags)));
}

function setupCommand(): Command {
  return new Command('setup')
    .description('find or fetch QEMU and a guest kernel; nothing is installed on this host')
    .option('--kernel <which>', 'a kernel image, a package, or the start of a version')
    .option('--qemu <file>', 'a QEMU >= 9.0')
    .option('--refresh', 'fetch again what was fetched before')
    .action((flags: { kernel?: string; qemu?: string; refresh?: boolean }) =>
      showingLabErrors(async () => {
        const lab = await setupLab(flags);
        process.stdout.write(`QEMU    ${lab.qemu.version}  ${lab.qemu.program}\n`);
        process.stdout.write(`kernel  ${lab.kernel.release}  ${lab.kernel.vmlinuz}\n`);
      }),
    );
}

async function run(command: string[], flags: RunFlags): Promise<void> {
  const stop = new AbortController();
  for (const [signal, exitCode] of Object.entries(signalExitCodes)) {
    process.once(signal, () => {
      process.exitCode = exitCode;
      stop.abort();
    });
  }
  const { memory, timeout, ...rest } = flags;
  const options: GuestOptions = { ...rest, command, memoryMiB: memory, signal: stop.signal };
  if (timeout !== undefined) options.timeoutSeconds = timeout;
  if (options.wire !== undefined)
    process.stderr.write(`lab: the wire ends at ${printableLine(options.wire)}\n`);
  try {
    const result = await runInGuest(options);
    const { accelerator, bootSeconds, kernelRelease, qemuVersion } = result;
    process.stderr.write(
      `lab: ${accelerator}, QEMU ${qemuVersion}, Linux ${kernelRelease}, booted in ${bootSeconds.toFixed(1)} s\n`,
    );
    process.exitCode = result.exitCode;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
}

async function showingLabErrors(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`lab: ${printable(error.message)}\n`);
    process.exitCode = labFailedExitCode;
  }
}

function wireSocket(text: string): string {
  const [, path] = /^host(?::(.+))?$/.exec(text) ?? [null];
  if (path === null) throw new InvalidArgumentError('It must be "host" or "host:SOCKET".');
  return path ?? join(tmpdir(), `vfio-pmd-wire-${process.pid}`);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}
