// Where Node's headers are, so that a build downloads nothing: beside the Node that runs, or the system's.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The directory whose include/node holds Node's headers, if any. */
export function headersDirectory() {
  const candidates = [process.env.npm_config_nodedir, join(dirname(process.execPath), '..'), '/usr'];
  return candidates.find((directory) => directory && existsSync(join(directory, 'include/node/node_api.h')));
}
