// What `npm pack` and `npm publish` run first: dist/ and prebuilds/ hold what these sources make, and nothing else.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

function run(script, ...args) {
  const command = [join(root, script), ...args];
  const { status, stdout } = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status === 0) return stdout;
  process.stderr.write(stdout.replace(/^TSFILE: .+\n/gm, ''));
  process.exit(1);
}

const listing = run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--listEmittedFiles');
const emitted = new Set([...listing.matchAll(/^TSFILE: (.+)$/gm)].map(([, file]) => file));
// Not all of it before: somebody may be running what is there.
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  if (entry.isFile() && !emitted.has(file)) rmSync(file);
}
run('scripts/prebuild.mjs');
