/** What is compared; `forward` swaps the addresses. */
export type Task = 'tx' | 'rx' | 'forward';

/** One run of one side, as the guest tells it. */
export interface GuestSample {
  peer: 'testpmd' | 'AF_PACKET';
  task: Task;
  pair: number;
  side: 'ours' | 'theirs';
  /** Against AF_PACKET: a second of CPU. */
  framesPerSecond: number;
}

/** Each run lasts so long. */
export const seconds = 2;
