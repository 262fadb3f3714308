// Builds the addon with node-gyp, from the headers that came with the running Node where they are there, so that
// nothing is downloaded.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { headersDirectory } from './headers.mjs';

const root = join(import.meta.dirname, '..');

function gyp(...args) {
  const nodedir = headersDirectory();
  const command = [join(root, 'node_modules/node-gyp/bin/node-gyp.js'), ...args, '--loglevel', 'warn'];
  if (nodedir) command.push('--nodedir', nodedir);
  const result = spawnSync(process.execPath, command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

// Configured each time, which takes half a second: the list of sources may have changed. make builds what is stale.
gyp('configure');
gyp('build', '--jobs', `${availableParallelism()}`);
