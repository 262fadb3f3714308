import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limitMs } from '../../support/limits.ts';

export const root = join(import.meta.dirname, '../../..');

/** What `npm pack` made. */
export interface Packed {
  tarball: string;
  size: number;
  files: string[];
}

let directory: string | undefined;
let packed: (() => Packed) | undefined;

/** A directory for this run, which goes at its end. */
export function scratch(name: string): string {
  if (directory === undefined) {
    directory = mkdtempSync(join(realpathSync(tmpdir()), 'vfio-pmd-package-'));
    process.once('exit', () => rmSync(directory!, { recursive: true, force: true }));
  }
  return mkdtempSync(join(directory, `${name}-`));
}

/** Runs npm; returns what it printed. */
export function npm(args: string[], cwd: string): string {
  return execFileSync('npm', [...args, '--loglevel', 'error'], { cwd, encoding: 'utf8' });
}

function packNow(): Packed {
  const destination = scratch('tarball');
  const output = npm(['pack', '--json', '--pack-destination', destination], root);
  const [report] = JSON.parse(output.slice(output.indexOf('['))) as [
    { filename: string; size: number; files: { path: string }[] },
  ];
  return {
    tarball: join(destination, report.filename),
    size: report.size,
    files: report.files.map(({ path }) => path).sort(),
  };
}

/** The package, as it would be published. Packed once, or tried once. */
export function pack(): Packed {
  if (packed === undefined) {
    try {
      const result = packNow();
      packed = () => result;
    } catch (error) {
      packed = () => {
        throw error;
      };
    }
  }
  return packed();
}

/** A project that depends on the packed package, installed as npm does today: without running any script. */
export function install(): string {
  const project = scratch('project');
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  npm(['install', '--ignore-scripts', '--prefer-offline', pack().tarball], project);
  return project;
}

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs one Node with the prebuild and nothing else. */
export function runNode(node: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(node, args, {
    cwd,
    encoding: 'utf8',
    timeout: limitMs(300),
    env: { ...process.env, NODE_OPTIONS: '', PREBUILDS_ONLY: '1', ...env },
  });
  return { status, stdout, stderr };
}
