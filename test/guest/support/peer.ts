import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Tally } from './stream.ts';

// compiled, this file lies in build-guest/test/guest/support
const program = join(import.meta.dirname, '../../../peer');

function start(...args: (string | number)[]): ChildProcessWithoutNullStreams {
  const child = spawn(program, args.map(String));
  child.stderr.pipe(process.stderr);
  return child;
}

/** Sends numbered frames from an interface of Linux's, as many as it is granted. */
export class PeerSender {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;

  constructor(networkInterface: string, to: string, from: string, frames: number, seed: number) {
    this.#child = start('send', networkInterface, to, from, frames, seed);
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

/** Receives numbered frames on an interface of Linux's, and checks them. */
export class PeerReceiver {
  /** The number up to which it has accounted for frames, as of its last report. */
  seen = 0;
  /** At the end. */
  tally: Tally | undefined;

  static async start(networkInterface: string, frames: number, seed: number): Promise<PeerReceiver> {
    const child = start('receive', networkInterface, frames, seed);
    const lines = createInterface({ input: child.stdout });
    const [first] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
    if (first !== 'ready') throw new Error('the peer did not start');
    const receiver = new PeerReceiver();
    lines.on('line', (line) => receiver.#read(line));
    return receiver;
  }

  #read(line: string): void {
    const [word, ...numbers] = line.split(' ');
    if (word !== 'end') {
      this.seen = Number(word);
      return;
    }
    const [received, lost, reordered, corrupted] = numbers.map(Number) as [number, number, number, number];
    this.tally = { received, lost, reordered, corrupted };
  }
}
