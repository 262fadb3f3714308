// Builds the addon of an installed package, on a system for which it has no prebuild: the error message says so. Takes
// make, python3 and a C++20 compiler; npx brings node-gyp.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const description = join(root, 'binding.gyp');

// Only for as long as it is built: see the checkout's own binding.gyp.
if (!existsSync(description)) {
  writeFileSync(description, "{'includes': ['native/addon.gypi']}\n");
  process.once('exit', () => rmSync(description));
}
const { status } = spawnSync('npx', ['--yes', 'node-gyp@12', 'rebuild'], { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;
