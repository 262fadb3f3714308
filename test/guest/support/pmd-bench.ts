import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Results } from '../../../src/results/results.ts';

const main = join(import.meta.dirname, '../../../src/cli/main.js');

/** pmd-bench, as it runs. */
export interface Running {
  /** The first line on stderr that matches. */
  says(pattern: RegExp): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Its document, when it has ended as it should. */
  readonly results: Promise<Results>;
}

/** Starts pmd-bench with `--json`. */
export function start(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [main, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const errors = createInterface({ input: child.stderr });
  errors.on('line', (line) => lines.push(line));
  const closed = once(child, 'close') as Promise<[code: number | null]>;
  return {
    async says(pattern) {
      for (;;) {
        const line = lines.find((one) => pattern.test(one));
        if (line !== undefined) return line;
        const ended = await Promise.race([once(errors, 'line').then(() => false), closed.then(() => true)]);
        if (ended) throw new Error(`pmd-bench ${args.join(' ')} ended and said\n${lines.join('\n')}`);
      }
    },
    signal: (name) => child.kill(name),
    results: closed.then(([code]) => {
      if (code === 0) return JSON.parse(stdout) as Results;
      throw new Error(`pmd-bench ${args.join(' ')} ended with ${code}:\n${lines.join('\n')}`);
    }),
  };
}

/** Runs pmd-bench to its end. */
export function run(...args: readonly string[]): Promise<Results> {
  return start(...args).results;
}
