import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { printable, printableLine } from '../core/printable.ts';
import { applyFix, type Diagnosis, diagnose, type Finding, stepLine } from '../devices/index.ts';
import { ExitCode, UsageError } from './exit.ts';
import { paint } from './style.ts';
import { integer } from './values.ts';

interface DoctorFlags {
  json?: true;
  fix?: true;
  yes?: true;
  mtu: number;
}

const help = `
Examples:
  pmd-bench doctor                      can a port be opened on this machine, and will frames flow?
  pmd-bench doctor 0000:01:10.0         why does this VF not work?
  sudo pmd-bench doctor --fix           run the commands that can be undone, each after a question
  sudo pmd-bench doctor --fix --yes     without questions

Without ADDRESS it looks at the VFs that Kubernetes handed out (PCIDEVICE_…), or at those that are bound to vfio-pci, or else at the
first VF. An "error" keeps frames from flowing; a "warning" loses or changes some; a "note" is worth knowing. docs/devices.md explains each.

Exit codes:
  0  no finding is an error
  1  one is, or a command of --fix failed
  2  the command line is wrong`;

const colours = { error: 'red', warning: 'yellow', note: 'cyan' } as const;

/** `pmd-bench doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('find what keeps frames from flowing, and what to do about it')
    .argument('[address]', 'a PCI address, such as 0000:01:10.0')
    .option('--json', 'write one JSON document to stdout, and nothing else')
    .option('--fix', 'run the commands that can be undone, after showing each and asking')
    .option('--yes', 'with --fix: do not ask')
    .option('--mtu <bytes>', 'payload of the frames that are to flow', integer(68, 9216), 1500)
    .addHelpText('after', help)
    .action(runDoctor);
}

async function runDoctor(address: string | undefined, { json, fix, yes, mtu }: DoctorFlags): Promise<void> {
  if (yes && !fix) throw new UsageError('--yes belongs to --fix');
  if (fix && !yes && !process.stdin.isTTY)
    throw new UsageError('--fix asks before it changes anything, and there is no terminal to ask: add --yes');
  const examine = () => diagnose(address, { mtu });
  const diagnosis = fix ? await repair(examine, yes === true) : await examine();
  process.stdout.write(
    json ? `${printable(JSON.stringify(diagnosis, null, 2))}\n` : formatDiagnosis(diagnosis),
  );
  process.exitCode = diagnosis.healthy ? ExitCode.ok : ExitCode.failure;
}

/** Applies one fix after the other, until nothing is left that is an error or a warning and can be fixed. */
async function repair(examine: () => Promise<Diagnosis>, isSure: boolean): Promise<Diagnosis> {
  const done = new Set<string>();
  for (;;) {
    const diagnosis = await examine();
    const next = diagnosis.findings.find(
      (one) => one.fixable && one.severity !== 'note' && !done.has(keyOf(one)),
    );
    if (next === undefined) return diagnosis;
    done.add(keyOf(next));
    process.stderr.write(`${formatFinding(next, process.stderr)}\n`);
    if (isSure || (await agrees())) await applyFix(next);
  }
}

function keyOf({ id, subject }: Finding): string {
  return `${id} ${subject}`;
}

async function agrees(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Run this? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

/** The findings for people. */
export function formatDiagnosis({ devices, findings, healthy }: Diagnosis): string {
  const looked = devices.length === 0 ? 'this machine' : devices.join(', ');
  const last = healthy ? `Nothing keeps frames from flowing (${looked}).` : `Frames cannot flow (${looked}).`;
  return `${[...findings.map((one) => formatFinding(one, process.stdout)), printableLine(last)].join('\n')}\n`;
}

function formatFinding({ id, severity, evidence, why, steps }: Finding, stream: NodeJS.WriteStream): string {
  const head = `${paint(stream, colours[severity], `${severity}:`)} ${printableLine(evidence)} [${id}]`;
  return [
    head,
    `  ${printableLine(why)}`,
    ...steps.map((step) => `  → ${printableLine(stepLine(step))}`),
  ].join('\n');
}
