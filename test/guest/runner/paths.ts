import { join, resolve } from 'node:path';

export const root: string = join(import.meta.dirname, '../../..');
/** What this run has built for the guest. */
export const built: string = join(root, 'build-guest');
/** Where the guest leaves what outlives it. */
export const results: string = join(built, 'results');
/** C++ test programs, from the core library's own build. */
export const nativeTests: string = join(resolve(root, process.env['PMD_CORE_BUILD'] ?? 'build-core'), 'test');
