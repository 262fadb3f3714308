import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');

/** What a checker of node_modules found, which it says in JSON. Finding something is no failure of the checker. */
export function runChecker(program: string, args: readonly string[]): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    // It is not what a sanitizer is to look at.
    env: { ...process.env, LD_PRELOAD: '' },
  });
  assert.ok(stdout.startsWith('{'), `${program} did not run, \`npm ci\` installs it: ${stderr}`);
  return JSON.parse(stdout);
}
