import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

// compiled, this file lies in build-guest/test/guest/support
const program = join(import.meta.dirname, '../../../peer');

/** Sends numbered frames from an interface of Linux's, as many as it is granted. */
export class PeerSender {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;

  constructor(networkInterface: string, to: string, from: string, frames: number, seed: number) {
    this.#child = spawn(program, [networkInterface, to, from, `${frames}`, `${seed}`]);
    this.#child.stderr.pipe(process.stderr);
    this.#ended = once(this.#child, 'close');
    this.#child.stdin.on('error', () => undefined); // it ended early: then frames are missing, and that is told
  }

  /** Lets it send all frames below this number. */
  grant(end: number): void {
    this.#child.stdin.write(`${end}\n`);
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}
