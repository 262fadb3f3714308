import { createRequire } from 'node:module';
import { join } from 'node:path';

const nodeGypBuild = createRequire(import.meta.url)('node-gyp-build') as { path: (root: string) => string };

/** The addon that the library loads: for workers that use it directly, as a loader for TypeScript takes ten times as long as all the rest. */
export const addonPath: string = nodeGypBuild.path(join(import.meta.dirname, '../..'));
