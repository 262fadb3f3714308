import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
export const buildDirectory = join(root, 'build-bench');

/** Builds the addon with the bench in it, and has the library load it: for modules that are imported from here on. */
export function buildBench(): void {
  const cmake = (...args: string[]) =>
    execFileSync('cmake', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  cmake('-S', '.', '-B', buildDirectory, '-G', 'Ninja', '-DPMD_BENCH=ON', '-DCMAKE_CXX_FLAGS=-Werror');
  cmake('--build', buildDirectory, '-j', '2');
  process.env['VFIO_PMD_PREBUILD'] = buildDirectory; // where node-gyp-build looks
}
