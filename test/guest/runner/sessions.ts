import type { GuestOptions } from '../../../src/lab/index.ts';

/** One guest, and what runs in it. */
export interface Session {
  name: string;
  guest: Partial<GuestOptions>;
  /** Run the conformance suite on the VFs first. */
  conformance?: boolean;
  /** Mocha's arguments: files, relative to this folder, without their extension, and options. */
  tests: string[];
  env?: Record<string, string>;
}

export const sessions: Session[] = [
  {
    name: 'main',
    guest: { vfs: 2 },
    conformance: true,
    tests: ['*.test'],
  },
];
