import type { Question } from '../traffic/station.ts';

/** What a port was asked, and answered. */
export interface EchoCounts extends Record<Question, number> {
  address: string;
  /** Frames that were no question to it. */
  ignored: number;
}
