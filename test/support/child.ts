import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a module of this directory as a program of its own, with the node and the loader of the tests. Whatever it
 * writes to stdout as a line `SIGNAL NAME` has that signal sent to it.
 */
export async function run(module: string, ...args: string[]): Promise<Ended> {
  const path = fileURLToPath(new URL(module, import.meta.url));
  const loader = module.endsWith('.ts') ? ['--import=tsx'] : [];
  const node = [...loader, '--expose-gc', path, ...args];
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'pipe'] });
  let seen = '';
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
    const asked = /SIGNAL (SIG[A-Z]+)\n/.exec(seen);
    if (asked === null) return;
    seen = '';
    child.kill(asked[1] as NodeJS.Signals);
  });
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, signal, stdout, stderr };
}
