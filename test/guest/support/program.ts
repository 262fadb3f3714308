import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { untilSeen } from '../../support/until.ts';

/** A program of ../programs in a process of its own. */
export class Program {
  readonly lines: string[] = [];
  errors = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcessWithoutNullStreams;

  /** `before`: a command that runs it, such as setpriv with its options. */
  constructor(name: string, args: readonly string[] = [], before: readonly string[] = []) {
    const file = join(import.meta.dirname, `../programs/${name}.js`);
    const [program, ...rest] = [...before, process.execPath, file, ...args];
    this.#child = spawn(program!, rest);
    this.#child.stderr.on('data', (chunk) => {
      this.errors += chunk;
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.lines.push(line));
    this.ended = once(this.#child, 'close').then(([status]) => status as number | null);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Waits until it has said this. */
  async says(line: string): Promise<void> {
    await untilSeen(`the program to say "${line}"`, () => {
      if (this.#child.exitCode !== null) throw new Error(`the program ended: ${this.errors}`);
      return this.lines.includes(line);
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }
}
