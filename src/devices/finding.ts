import { checkText, copyList } from '../core/check.ts';
import { checkCommand, commandLine } from '../core/command-line.ts';
import type { FindingCommand, FindingStep, ObstacleFinding } from '../core/finding.ts';

const mostCommands = 1000;
const mostTextBytes = 65_536;
const whence = 'pass what diagnose() found';

/** `error`: no frame can flow. `warning`: some are lost or changed. `note`: what else is worth knowing, such as what costs time. */
export type Severity = 'error' | 'warning' | 'note';

/** What {@link diagnose} found. */
export interface Finding {
  /** Stable, such as `not-bound`: docs/devices.md lists all. */
  id: string;
  severity: Severity;
  /** The PCI address of the device that it is about; null: the machine. */
  subject: string | null;
  /** What was seen, in one sentence. */
  evidence: string;
  /** Why that matters, in one sentence. */
  why: string;
  /** What to do about it, in order. */
  steps: FindingStep[];
  /** The code of the error that `openPort` fails with for this reason; null: it does not. */
  code: string | null;
  /** Whether `--fix` runs the commands: they can be undone, and change nothing but what they name. */
  fixable: boolean;
}

/** Findings about what keeps a port from being opened whose commands can be undone. */
const fixableObstacles = new Set(['not-bound', 'container-node', 'pf-no-driver', 'pf-down']);

/** What keeps a device from being opened, as a finding of the doctor's. */
export function fromObstacle({ code, ...rest }: ObstacleFinding): Finding {
  const hasCommands = rest.steps.some(({ commands }) => commands.length > 0);
  return { ...rest, severity: 'error', code, fixable: hasCommands && fixableObstacles.has(rest.id) };
}

/** A step as one line for people. @throws {PmdError} `ERR_PMD_INVALID_ARGUMENT` */
export function stepLine(step: FindingStep): string {
  const { text } = Object(step) as FindingStep;
  checkText('text', text, mostTextBytes);
  return text + commandsOf(step).map(commandLine).join(' && ');
}

/** Copies of a step's commands. */
export function commandsOf(step: FindingStep): FindingCommand[] {
  const { commands } = Object(step) as FindingStep;
  return copyList('commands', commands, mostCommands, whence).map(checkCommand);
}

/** Copies of a finding's commands, of all its steps. */
export function allCommandsOf(finding: Finding): FindingCommand[] {
  const { steps } = Object(finding) as Finding;
  return copyList('steps', steps, mostCommands, whence).flatMap(commandsOf);
}
