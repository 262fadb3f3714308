import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { built, nativeTests, results, root } from './paths.ts';

function run(program: string, ...args: string[]): void {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
}

/**
 * Makes what the guests run: TypeScript as JavaScript, because an emulated processor takes 15 s to transpile what this
 * one does in 2; a copy of the addon, so that a build meanwhile does no harm; and the C programs.
 */
export async function prepare(): Promise<void> {
  await rm(built, { recursive: true, force: true });
  run(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'test/guest/tsconfig.json');
  await mkdir(join(built, 'build'), { recursive: true });
  await mkdir(results, { recursive: true });
  await mkdir(join(built, 'build/Release'));
  const addon = 'build/Release/vfio_pmd.node';
  await cp(join(root, addon), join(built, addon));
  // the examples import the package by its name
  await symlink(join(root, 'package.json'), join(built, 'package.json'));
  await symlink('src', join(built, 'dist'));
  for (const program of ['conformance', 'isolation']) {
    if (!existsSync(join(nativeTests, program))) {
      throw new Error(`${join(nativeTests, program)} is missing: cmake --build build-core`);
    }
    await cp(join(nativeTests, program), join(built, program));
  }
  for (const program of ['peer', 'hand-over'])
    run('cc', '-O2', '-Wall', '-Wextra', '-o', join(built, program), `test/guest/native/${program}.c`);
}
