export type Task = 'tx' | 'forward' | 'rx';
/** `packet:` is our own port over Linux's driver. */
export type Peer = 'testpmd' | 'packet:' | 'AF_PACKET' | 'raw-socket';
/** `command`: pmd-bench. */
export type SideName = 'ours' | 'theirs' | 'command';

/** One run of one side, as the guest tells it. */
export interface GuestSample {
  peer: Peer;
  task: Task;
  pair: number;
  side: SideName;
  rate: Rate;
}

export interface Rate {
  framesPerSecond: number;
  /** By all that the processor of the tested program did: the program, its system calls, and the kernel's own work on it. */
  framesPerCpuSecond: number;
}

/** From when a program moves frames to when it counts: V8 has compiled it by then. */
export const warmUpSeconds = 4;
/** Then it is measured for so long. */
export const seconds = 3;
