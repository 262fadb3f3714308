import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { buildDirectory, root } from './build.ts';
import { callgrindMissing, callgrindVersion } from './callgrind.ts';

/** What a run was measured on and built with. */
export function describeMachine(cyclesPerNs: number) {
  const machine = {
    commit: commit(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    virtual: /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8')),
    counterGHz: cyclesPerNs,
    memoryGiB: totalmem() / 2 ** 30,
    kernel: release(),
    node: process.version,
    compiler: compilerVersion(),
    cflags: (JSON.parse(readFileSync(join(root, 'native/build.json'), 'utf8')) as { cflags: string[] })
      .cflags,
    valgrind: callgrindMissing === null ? callgrindVersion() : null,
    loadAverage: loadavg()[0]!,
    date: new Date().toISOString().slice(0, 10),
  };
  const parts = [
    `commit ${machine.commit}`,
    `${machine.cpus} CPUs ${machine.cpu}${machine.virtual ? ' (of a virtual machine)' : ''}`,
    `cycle counter ${cyclesPerNs.toFixed(2)} GHz`,
    `Linux ${machine.kernel}`,
    `Node ${machine.node}`,
    machine.compiler,
    ...(machine.valgrind === null ? [] : [machine.valgrind]),
    `load ${machine.loadAverage.toFixed(1)}`,
  ];
  return { ...machine, text: parts.join(', ') };
}

/** Of the compiler that CMake has chosen. */
function compilerVersion(): string {
  const cache = readFileSync(join(buildDirectory, 'CMakeCache.txt'), 'utf8');
  const compiler = /^CMAKE_CXX_COMPILER:\w+=(.*)$/m.exec(cache)![1]!;
  return execFileSync(compiler, ['--version'], { encoding: 'utf8' }).split('\n')[0]!;
}

/** What is measured; "-dirty": with changes that are not in it. */
function commit(): string {
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--exclude=*'], {
    cwd: root,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : 'unknown';
}
