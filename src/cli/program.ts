import { Command, CommanderError } from 'commander';
import { printable } from '../core/printable.ts';
import { packageVersion } from '../results/environment.ts';
import { bindCommand, unbindCommand } from './bind.ts';
import { burstCommand } from './burst.ts';
import { captureCommand } from './capture.ts';
import { compareCommand } from './compare.ts';
import { devicesCommand } from './devices.ts';
import { doctorCommand } from './doctor.ts';
import { echoCommand } from './echo.ts';
import { ExitCode, exitCodesHelp, failWith } from './exit.ts';
import { fwdCommand } from './fwd.ts';
import { hugepagesCommand } from './hugepages.ts';
import { labCommand } from './lab.ts';
import { latencyCommand } from './latency.ts';
import { lossCommand } from './loss.ts';
import { replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { rxCommand } from './rx.ts';
import { throughputCommand } from './throughput.ts';
import { txCommand } from './tx.ts';
import { vfsCommand } from './vfs.ts';
import { watchOutputs } from './watch-outputs.ts';

/** Parses the arguments, runs the command, and leaves the exit code in `process.exitCode`. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  watchOutputs();
  try {
    await createProgram().parseAsync(withVersionFlag(argv));
  } catch (error) {
    // commander has written its line already; help and --version end this way, too.
    if (error instanceof CommanderError)
      process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    else failWith(error);
  }
}

/** -v alone is what people try first; after a command it may mean something else. */
function withVersionFlag(argv: readonly string[]): string[] {
  const [node, script, first, ...rest] = argv as [string, string, string?, ...string[]];
  if (first === undefined) return [node, script];
  return [node, script, first === '-v' ? '--version' : first, ...rest];
}

export function createProgram(): Command {
  const program = new Command('pmd-bench')
    .description('Generate, forward and measure traffic on SR-IOV VFs, or on emulated ones')
    .version(packageVersion())
    .enablePositionalOptions()
    .addHelpText('after', `\n${portsHelp}\n\n${exitCodesHelp}`);
  const commands = [
    fwdCommand(),
    txCommand(),
    rxCommand(),
    echoCommand(),
    latencyCommand(),
    throughputCommand(),
    lossCommand(),
    burstCommand(),
    captureCommand(),
    replayCommand(),
    compareCommand(),
    reportCommand(),
    devicesCommand(),
    doctorCommand(),
    vfsCommand(),
    bindCommand(),
    unbindCommand(),
    hugepagesCommand(),
    labCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  return throwing(program);
}

const portsHelp = `A PORT is
  0000:01:10.0         a VF by its PCI address, bound to vfio-pci
  env:RESOURCE         a VF that Kubernetes handed out (PCIDEVICE_…)
  packet:IFNAME        a network interface of the kernel's
  tap:NAME             a TAP interface, whose far end is the kernel
  pcap:FILE,out=FILE   frames of a capture file, and a file for what is sent; either can be left out
  emu:NAME             a software VF, wired to the other port of that name in this process
  emu:NAME,peer=flood  one whose far end sends without pause and takes whatever comes`;

/** Has commander throw instead of ending the process, and print nothing that a terminal obeys, in every command below as well. */
function throwing(command: Command): Command {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => void process.stdout.write(printable(text)),
    writeErr: (text) => void process.stderr.write(printable(text)),
  });
  command.commands.forEach(throwing);
  return command;
}
