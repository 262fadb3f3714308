import { readFile } from 'node:fs/promises';
import type { Burst } from '../core/burst.ts';
import { PmdError } from '../core/errors.ts';
import { strides } from '../core/layout.ts';
import type { Pool } from '../core/pool.ts';
import { newWasmMemory, type WasmMemory, wasmPageBytes } from '../core/wasm-memory.ts';
import { loadProgram, type Program } from '../programs/program.ts';

/** Where the pool begins: what is before is the program's. */
const offset = 16 << 20;
/** For the bursts behind the buffers, and what huge pages round up. */
const spareBytes = 4 << 20;

/** A memory with room for a program of its own and a pool, and where the pool goes. It may grow. */
export function wasmPlace(
  buffers: number,
  dataRoom: keyof typeof strides,
): { memory: WasmMemory; offset: number } {
  const pages = Math.ceil((offset + buffers * strides[dataRoom] + spareBytes) / wasmPageBytes);
  return { memory: newWasmMemory(pages, 65_536), offset };
}

/** A WebAssembly program over received bursts. */
export class FrameProgram {
  readonly #program: Program;
  /** By port. */
  readonly #outs: readonly Burst[];

  private constructor(program: Program, outs: readonly Burst[]) {
    this.#program = program;
    this.#outs = outs;
  }

  /** Loads a file for a pool that is in a memory. */
  static async load(file: string, pool: Pool, ports: number, burstSize: number): Promise<FrameProgram> {
    let bytes: Uint8Array;
    try {
      bytes = await readFile(file);
    } catch (error) {
      throw new PmdError(
        'ERR_PMD_PROGRAM',
        `the program ${file} can't be read: ${(error as Error).message}`,
        {
          hint: 'pass a .wasm file: see docs/wasm.md',
        },
      );
    }
    const outs = Array.from({ length: ports }, () => pool.createBurst(burstSize));
    return new FrameProgram(await loadProgram(bytes, pool), outs);
  }

  /** Runs over a burst, and calls `send` with the frames for each port. Returns how many entries stay in the burst. */
  run(burst: Burst, send: (port: number, frames: Burst) => void): number {
    this.#program.run(burst);
    const kept = burst.deal(this.#outs);
    for (let port = 0; port < this.#outs.length; port++) {
      const frames = this.#outs[port]!;
      if (frames.count > 0) send(port, frames);
    }
    return kept;
  }

  release(): void {
    for (const out of this.#outs) out.release();
  }
}
