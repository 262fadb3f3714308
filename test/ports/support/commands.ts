import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Results } from '../../../src/results/results.ts';
import { type Child, pmdBench, runPmdBench } from '../../cli/support/child.ts';
import { limitMs } from '../../support/limits.ts';
import { untilSeen } from '../../support/until.ts';
import { command, isWatched, type Network, networked } from './network.ts';

/** The frames of a capture in hex, as tshark reads them. */
export function framesOf(file: string): string[] {
  const shown = command('tshark', '-r', file, '-T', 'json', '-x', '-j', 'frame');
  return [...shown.matchAll(/"frame_raw": \[\s*"([0-9a-f]+)"/g)].map((match) => match[1]!);
}

/** A test with a network and a directory of its own. */
export const inDirectory = (
  body: (network: Network, directory: string) => Promise<void>,
  limit = limitMs(120),
) =>
  networked(async function (network) {
    this.timeout(limit);
    const directory = mkdtempSync(join(tmpdir(), 'vfio-pmd-ports-'));
    try {
      await body(network, directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

/** Runs pmd-bench to its end, and returns the document that it printed. */
export async function results(...args: string[]): Promise<Results> {
  const { code, stdout, stderr } = await runPmdBench([...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Results;
}

type Begun = (child: Child) => Promise<unknown>;

/** When a command receives on these interfaces. */
export const watches =
  (...names: string[]): Begun =>
  (child) =>
    untilSeen('a command to begin', () => names.every(isWatched) || child.process.exitCode !== null);

/** When a command has found, with its ports open, that nothing moves. */
export const waits: Begun = (child) => child.line('stderr', /nothing has moved/);

/** Starts a command that lasts, and waits until it has begun. */
export async function started(begun: Begun, ...args: string[]): Promise<Child> {
  const child = pmdBench([...args, '--json']);
  await begun(child);
  return child;
}

/** Ends it as Ctrl-C does; returns the document that it printed. */
export async function interrupted(child: Child): Promise<Results> {
  child.process.kill('SIGINT');
  const { code, stdout, stderr } = await child.finished;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Results;
}
