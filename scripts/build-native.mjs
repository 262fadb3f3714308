// Builds the addon with node-gyp, from the headers that came with the running Node where they are there, so that
// nothing is downloaded.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** The directory whose include/node holds this Node's headers, if any. */
export function headersDirectory() {
  const candidates = [process.env.npm_config_nodedir, join(dirname(process.execPath), '..'), '/usr'];
  return candidates.find((directory) => directory && existsSync(join(directory, 'include/node/node_api.h')));
}

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
