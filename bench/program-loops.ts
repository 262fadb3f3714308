import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newWasmMemory } from '../src/core/wasm-memory.ts';
import { loadProgram, type Program, Verdict } from '../src/index.ts';
import { ipv4 } from '../src/net/index.ts';
import type { CoreLoop } from './addon.ts';
import { udpFrame } from './column-loops.ts';
import type { SectionLoop } from './sections.ts';
import { type Shape, Station } from './station.ts';

const root = join(import.meta.dirname, '..');
const memoryOffset = 16 << 20;

export type ProgramName = Extract<CoreLoop, `program${string}`>;

/** Programs of bench/native/frame_programs.h: their names there, and where they are in AssemblyScript. */
export const programs: Record<ProgramName, [name: string, file: string]> = {
  programMacs: ['RewriteBothMacs', 'bench/programs/macs.ts'],
  programHash: ['HashFlow', 'bench/programs/hash.ts'],
  programRouter: ['Router', 'examples/assembly/router.ts'],
};

/** A station whose packet memory programs can reach. */
export async function openForPrograms(): Promise<Station> {
  return await Station.open({ memory: newWasmMemory(1024, 2048), offset: memoryOffset });
}

/** Compiles a program and loads it. Undefined in C++ where there is no clang. */
export async function compileProgram(
  { pool }: Station,
  name: ProgramName,
  language: 'AssemblyScript' | 'C++',
): Promise<Program | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'vfio-pmd-bench-'));
  try {
    const output = join(folder, 'program.wasm');
    const isCompiled =
      language === 'C++' ? runClang(programs[name][0], output) : runAsc(programs[name][1], output);
    if (!isCompiled) return undefined;
    const program = await loadProgram(readFileSync(output), pool);
    if (name === 'programRouter' && language === 'AssemblyScript') addRoute(program);
    return program;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runAsc(file: string, output: string): true {
  const asc = join(root, 'node_modules/assemblyscript/bin/asc.js');
  const options = ['-O3', '--importMemory', '--runtime', 'stub', '--outFile', output];
  execFileSync(process.execPath, [asc, file, ...options], { cwd: root });
  return true;
}

function runClang(program: string, output: string): boolean {
  const clang = ['clang', 'clang-14'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (clang === undefined) return false;
  const language = [
    '-x',
    'c++',
    '-std=c++20',
    '-fno-exceptions',
    '-fno-threadsafe-statics',
    `-DPROGRAM=${program}`,
  ];
  const target = [
    '--target=wasm32',
    '-O3',
    '-ffreestanding',
    '-nostdlib',
    '-Wl,--no-entry',
    '-Wl,--import-memory',
  ];
  execFileSync(clang, [...language, ...target, '-o', output, 'bench/programs/program.cc'], { cwd: root });
  return true;
}

/** To where the frames of these loops go. */
function addRoute({ exports }: Program): void {
  const { setRoute } = exports as { setRoute(address: number, bits: number, route: number): void };
  setRoute(ipv4.parseAddress('10.0.0.2'), 32, 1);
}

/** Runs a program over frames of UDP: no port has a part in it. */
export function programLoop(
  { pool }: Station,
  program: Program,
  { burst: size, frames }: Shape,
): SectionLoop {
  const burst = pool.createBurst(size);
  let verdicts = burst.verdicts;
  return {
    prepare() {
      for (let i = 0; i < size; i++) burst.append(udpFrame);
    },
    measured() {
      for (let left = frames; left > 0; left -= size) verdicts = program.run(burst);
    },
    finish() {
      burst.release();
      if (verdicts[size - 1]! < Verdict.port) throw new Error('no frame went on');
    },
  };
}

/** So many calls of an empty burst. */
export function emptyProgramLoop({ pool }: Station, program: Program, calls: number): SectionLoop {
  const burst = pool.createBurst(1);
  return {
    measured() {
      for (let i = 0; i < calls; i++) program.run(burst);
    },
  };
}
