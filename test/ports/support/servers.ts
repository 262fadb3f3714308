import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { untilSeen } from '../../support/until.ts';
import type { Host } from './network.ts';

/** What the kernel of a host has counted of wrong checksums. */
export function checksumErrors(host: Host): Record<string, number> {
  const lines = host.run('nstat', '-az').split('\n');
  const wrong = lines.filter((line) => /CsumErr|InCsumErrors|InErrs/i.test(line));
  assert.ok(wrong.length >= 3, lines.join('\n'));
  return Object.fromEntries(
    wrong.map((line) => line.split(/ +/).slice(0, 2)).map(([name, n]) => [name!, Number(n)]),
  );
}

/** Starts a server in a host, and waits for the line with which it begins. */
export async function serving(host: Host, pattern: RegExp, ...args: string[]): Promise<ChildProcess> {
  const [program, rest] = host.within(...args);
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  await untilSeen(`${args[0]} to begin`, () => pattern.test(said) || child.exitCode !== null);
  return child;
}
