import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import type { Pool } from '../core/pool.ts';
import type { Port } from '../core/port.ts';
import { type Accelerator, detectAccelerator } from './accelerator.ts';

/** Where a result was measured: without it, it can't be compared with another. */
export interface Environment {
  /** This package's version. */
  version: string;
  node: string;
  v8: string;
  arch: string;
  kernel: string;
  cpu: string;
  accelerator: Accelerator;
  /** CPUs that this process may use. */
  cpus: number;
  /** Bytes per page of packet memory. */
  pageSize: number;
  /** Of each port: `vfio` or `emulation`. */
  buses: string[];
}

export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

export function describeEnvironment(pool: Pool, ports: readonly Port[]): Environment {
  return {
    version: packageVersion(),
    node: process.version,
    v8: process.versions.v8,
    arch: process.arch,
    kernel: release(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    accelerator: detectAccelerator(),
    cpus: availableParallelism(),
    pageSize: pool.pageSize,
    buses: ports.map((port) => port.bus),
  };
}
