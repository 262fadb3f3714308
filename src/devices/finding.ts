import { commandLine, type FindingStep, type ObstacleFinding } from '../core/finding.ts';

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

/** A step as one line for people. */
export function stepLine({ text, commands }: FindingStep): string {
  return text + commands.map(commandLine).join(' && ');
}
