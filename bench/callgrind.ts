import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CoreLoop } from './addon.ts';
import { buildDirectory } from './build.ts';

export interface CountOptions {
  loop: CoreLoop | 'limit';
  burst: number;
  sections: number;
  ring?: number;
  buffers?: number;
}

export const callgrindMissing =
  spawnSync('valgrind', ['--version']).status === 0
    ? null
    : "valgrind is not installed (Debian's package valgrind)";

/** Instructions a frame of a loop in C++, as callgrind counts them: of its measured part alone, so that the device's work is not in it. */
export function countInstructions({
  loop,
  burst,
  sections,
  ring = 512,
  buffers = 4096,
}: CountOptions): number {
  const directory = mkdtempSync(join(tmpdir(), 'vfio-pmd-bench-'));
  try {
    const program = join(buildDirectory, 'bench/bench-count');
    const { stdout, stderr, status } = spawnSync(
      'valgrind',
      [
        '--tool=callgrind',
        `--callgrind-out-file=${join(directory, 'out')}`,
        '--collect-atstart=no',
        '--toggle-collect=*::measured()',
        ...[program, loop, burst, sections, ring, buffers].map(String),
      ],
      { encoding: 'utf8' },
    );
    const collected = /Collected : (\d+)/.exec(stderr)?.[1];
    if (status !== 0 || collected === undefined) throw new Error(`callgrind failed: ${stderr}`);
    return Number(collected) / Number(stdout);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Of the tool whose counts these are. */
export const callgrindVersion = (): string =>
  execFileSync('valgrind', ['--version'], { encoding: 'utf8' }).trim();
