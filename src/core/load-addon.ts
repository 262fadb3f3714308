import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PmdError } from './errors.ts';

const require = createRequire(import.meta.url);
const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

/** What to type so that there is a binary: the package brings the sources, but not what they are built with. */
function howToBuild(): string {
  if (process.platform !== 'linux') return 'VFIO is an interface of the Linux kernel: run this on Linux';
  const build = `node "${join(packageRoot, 'scripts/build-from-source.mjs')}"`;
  let commands = `npm install --no-save node-addon-api@8 && ${build}`;
  try {
    require.resolve('node-addon-api/package.json');
    commands = build;
  } catch {
    // An optional peer dependency: who has a prebuild needs none.
  }
  return `in your project, run: ${commands}; it needs make, python3 and a C++20 compiler`;
}

function hintFor(cause: NodeJS.ErrnoException): string {
  if (cause.code === 'ERR_DLOPEN_DISABLED') return 'start node with --allow-addons';
  return howToBuild();
}

/** Finds and loads the addon: `build/` of a checkout, or else the prebuild of the package. */
export function loadAddon(): unknown {
  const nodeGypBuild = require('node-gyp-build') as { (root: string): unknown; path(root: string): string };
  const system = `${process.platform}-${process.arch}${existsSync('/etc/alpine-release') ? ' (musl)' : ''}`;
  let path: string;
  try {
    path = nodeGypBuild.path(packageRoot);
  } catch {
    throw new PmdError('ERR_PMD_NO_BINARY', `vfio-pmd has no native binary for ${system}`, {
      hint: howToBuild(),
    });
  }
  try {
    return require(path);
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    throw new PmdError(
      'ERR_PMD_NO_BINARY',
      `the native binary of vfio-pmd does not load on this ${system}: ${cause.message}`,
      { hint: hintFor(cause) },
    );
  }
}
