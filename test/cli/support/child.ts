import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compiled } from '../../support/compiled.ts';
import { assertResults } from './schema.ts';

export const packageRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** How a child process ended, and what it wrote. */
export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A program that runs, and what it has written so far. */
export class Child {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  #stdout = '';
  #stderr = '';

  /** @param command Run in the package's directory. */
  constructor(
    command: string,
    args: readonly string[],
    env: Record<string, string> = {},
    stdout: 'pipe' | number = 'pipe',
  ) {
    const { FORCE_COLOR: _, NO_COLOR: __, CI: ___, ...inherited } = process.env; // what decides about colours
    this.process = spawn(command, args, {
      cwd: packageRoot,
      env: { ...inherited, ...env },
      stdio: ['ignore', stdout, 'pipe'],
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.finished = this.#finish();
  }

  async #finish(): Promise<Finished> {
    const [code, signal] = (await once(this.process, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, stdout: this.#stdout, stderr: this.#stderr };
  }

  /** The first line on the stream that matches. */
  async line(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
    for await (const line of createInterface(this.process[stream]!)) if (pattern.test(line)) return line;
    throw new Error(`no line matched ${pattern}; it wrote:\n${this.#stdout}\n${this.#stderr}`);
  }
}

/** Runs a TypeScript program of this package. */
export function runScript(
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
  stdout: 'pipe' | number = 'pipe',
): Child {
  return new Child(process.execPath, ['--import', 'tsx', join(packageRoot, script), ...args], env, stdout);
}

/** The arguments with which node runs pmd-bench. It takes scripts in TypeScript from a loader: not every Node has one. */
export function pmdBenchArgs(args: readonly string[]): string[] {
  const loader = args.some((arg) => arg.endsWith('.ts')) ? ['--import', 'tsx'] : [];
  return [...loader, compiled('src/cli/main.ts'), ...args];
}

export function pmdBench(
  args: readonly string[],
  env: Record<string, string> = {},
  stdout: 'pipe' | number = 'pipe',
): Child {
  return new Child(process.execPath, pmdBenchArgs(args), env, stdout);
}

/** Runs pmd-bench to its end. A document that it writes is checked against the schema, whatever the test is about. */
export async function runPmdBench(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const finished = await pmdBench(args, env).finished;
  if (args.includes('--json') && finished.stdout.includes('"pmd-bench/1"'))
    assertResults(JSON.parse(finished.stdout));
  return finished;
}
