/** One thing to run as root. It is data: whoever runs it needs no shell, and nobody builds a command line. */
export type FindingCommand =
  | {
      /** A file of the kernel's. */
      path: string;
      /** What to write to it. */
      text: string;
    }
  | {
      /** A program and its arguments. */
      program: string[];
    };

/** One thing to do about a finding. */
export interface FindingStep {
  /** What to do. The commands, if there are any, belong behind it. */
  text: string;
  /** What does it, in order, as root. */
  commands: FindingCommand[];
}

/** What keeps a device from being opened, with what to do about it. */
export interface ObstacleFinding {
  /** The code of the error that `openPort` fails with: a {@link PmdErrorCode}. */
  code: string;
  /** Stable, such as `not-bound`. */
  id: string;
  /** What it is about: a PCI address. */
  subject: string;
  /** What was seen, in one sentence. */
  evidence: string;
  /** Why that matters, in one sentence. */
  why: string;
  /** What to do about it, in order. */
  steps: FindingStep[];
}
