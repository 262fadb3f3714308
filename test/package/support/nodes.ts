import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root } from './packed.ts';

const versions = process.env['PMD_FULL'] === '1' ? ['20', '22', '24', 'latest'] : ['latest'];

/** A Node as npm has it, kept from run to run. */
function fetchNode(version: string): string {
  const directory = join(root, '.cache/node', version);
  const name = `node-${process.platform}-${process.arch}`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
  npm(
    ['install', '--ignore-scripts', '--no-package-lock', '--prefer-offline', `${name}@${version}`],
    directory,
  );
  return join(directory, 'node_modules', name, 'bin/node');
}

/**
 * The Nodes that the package is tried on: the one that runs this and the newest on npm, or with PMD_FULL=1 every
 * supported line too.
 */
export function nodes(): { version: string; path: string }[] {
  const found = new Map<string, string>();
  for (const path of [process.execPath, ...versions.map(fetchNode)]) {
    found.set(execFileSync(path, ['-p', 'process.version'], { encoding: 'utf8' }).trim(), path);
  }
  return [...found].map(([version, path]) => ({ version, path }));
}
