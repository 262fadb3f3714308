import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { readCapture } from '../../../src/pcap/index.ts';
import { untilSeen } from '../../support/until.ts';
import { Content } from './content.ts';
import { clean, type Tally } from './stream.ts';

/**
 * tcpdump on a network interface of Linux's: what it says it has seen of a run is compared with what was sent, byte for byte,
 * while it runs. A sender that stays less than an interface's ring ahead of {@link seen} can't make it drop anything.
 */
export class Tcpdump {
  /** Why there is none. */
  static readonly missing: string | undefined =
    spawnSync('tcpdump', ['--version']).error === undefined ? undefined : 'tcpdump is not installed';
  readonly tally: Tally = clean(0);
  /** The number up to which frames are accounted for, captured or missed. */
  seen = 0;
  #errors = '';
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #content: Content;
  readonly #done: Promise<void>;
  readonly #closed: Promise<unknown>;

  private constructor(networkInterface: string, from: string, seed: number) {
    this.#content = new Content(seed);
    const options = ['-i', networkInterface, '-Q', 'in', '-s', '2048', '--immediate-mode', '-U', '-w', '-'];
    this.#child = spawn('tcpdump', [...options, `ether proto 0x88b5 and ether src ${from}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#closed = once(this.#child, 'close');
    this.#child.stderr.on('data', (chunk) => {
      this.#errors += chunk;
    });
    this.#done = this.#read();
  }

  static async start(networkInterface: string, from: string, seed: number): Promise<Tcpdump> {
    const tcpdump = new Tcpdump(networkInterface, from, seed);
    await untilSeen('tcpdump to listen', () => {
      if (tcpdump.#child.exitCode !== null) throw new Error(`tcpdump ended: ${tcpdump.#errors}`);
      return tcpdump.#errors.includes('listening on');
    });
    return tcpdump;
  }

  async #read(): Promise<void> {
    for await (const record of readCapture(this.#child.stdout)) {
      const memory = Buffer.from(record.bytes.buffer, record.bytes.byteOffset, record.bytes.length);
      const number = Content.numberOf(memory, record.position);
      this.tally.received++;
      if (
        record.capturedLength !== record.originalLength ||
        !this.#content.matches(memory, record.position, record.capturedLength, number)
      )
        this.tally.corrupted++;
      if (number < this.seen) this.tally.reordered++;
      else {
        this.tally.lost += number - this.seen;
        this.seen = number + 1;
      }
    }
  }

  /** Ends it; returns its own count of what it captured and what the kernel dropped before it. */
  async end(): Promise<{ captured: number; dropped: number }> {
    this.#child.kill('SIGINT');
    await this.#done;
    await this.#closed;
    const count = (what: string) => Number(new RegExp(`(\\d+) packets? ${what}`).exec(this.#errors)?.[1]);
    return { captured: count('captured'), dropped: count('dropped by kernel') };
  }
}
