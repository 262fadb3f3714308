import type { Burst } from '../core/burst.ts';
import { checkInternal, checkOptions, internal } from '../core/check.ts';
import { closedPool, describe, invalidArgument, PmdError } from '../core/errors.ts';
import { Pool } from '../core/pool.ts';
import { printableLine } from '../core/printable.ts';

/** A `WebAssembly.Module`. */
export type WasmModule = object;

/** Functions, globals and so on that a program imports beside `env.memory`, by module and name. */
export type ProgramImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface WebAssemblyNamespace {
  Module: { imports(module: WasmModule): { module: string; name: string; kind: string }[] };
  instantiate(module: WasmModule, imports: ProgramImports): Promise<{ exports: Record<string, unknown> }>;
  compile(bytes: Uint8Array): Promise<WasmModule>;
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyNamespace };

/** What a program exports as `process`: it gets a burst's address and count, and writes a verdict for each frame. */
type Process = (burst: number, count: number) => void;

/**
 * A WebAssembly program, which works on bursts where the device put their frames: docs/wasm.md. Made by {@link loadProgram}.
 *
 * A program reaches its own memory alone, the pool included: it can write over every frame and burst of the pool, and not over anything
 * else of the process. What it has written is checked when the burst is used, as what JavaScript writes is.
 */
export class Program {
  /** What the module exports. */
  declare readonly exports: Readonly<Record<string, unknown>>;
  declare readonly pool: Pool;
  readonly #process: Process;
  /** Of all bytes of the memory. It has none once the memory has grown. */
  #bytes: Uint8Array;

  /** @internal */
  constructor(key: typeof internal, pool: Pool, exports: Record<string, unknown>, bytes: Uint8Array) {
    checkInternal(key, 'a program', 'use loadProgram()');
    this.exports = exports;
    this.pool = pool;
    this.#process = exports['process'] as Process;
    this.#bytes = bytes;
  }

  /**
   * Runs the program over a burst of its pool, and returns the verdicts that it wrote: `burst.verdicts`. Act on them with
   * {@link Burst.deal}.
   *
   * @throws {PmdError} `ERR_PMD_PROGRAM` when the program trapped, with the trap as its `cause`: frames and verdicts are as it left them, and
   *   the burst, pool and ports go on. `ERR_PMD_POOL_MISMATCH`, `ERR_PMD_CLOSED`.
   */
  run(burst: Burst): Uint32Array {
    const { pool } = this;
    if (burst.pool !== pool) this.#checkPool(burst);
    if (pool.closed) throw closedPool();
    if (this.#bytes.length === 0) this.#bytes = Pool.memoryOf(pool);
    try {
      this.#process(burst.address!, burst.count);
    } catch (error) {
      throw trapped(error);
    }
    return burst.verdicts;
  }

  /** Of another object for the same pool, too. */
  #checkPool(burst: Burst): void {
    const { pool } = burst;
    if (pool?.bytes?.buffer === this.pool.bytes.buffer && burst.address !== undefined) return;
    throw new PmdError('ERR_PMD_POOL_MISMATCH', "the burst is of another pool than the program's", {
      hint: 'make it with the pool that loadProgram() had',
    });
  }
}

function trapped(error: unknown): PmdError {
  const text = error instanceof Error ? error.message : describe(error);
  const failure = new PmdError('ERR_PMD_PROGRAM', `the program trapped: ${printableLine(text)}`, {
    hint: 'it may have stopped amid the burst: release it, or send what is in order',
  });
  failure.cause = error;
  return failure;
}

/** What AssemblyScript's programs call when an assertion fails. */
function abort(_message: number, _file: number, line: number, column: number): never {
  throw new Error(`abort() at line ${line}, column ${column}`);
}

/**
 * Makes a program of a module that imports the memory of the pool as `env.memory`, and exports `process(burst, count)`: docs/wasm.md says
 * how to compile one.
 *
 * ```ts
 * const memory = new WebAssembly.Memory({ initial: 512, maximum: 1024 });
 * const pool = await createPool({ memory, offset: 16 << 20 });
 * const program = await loadProgram(readFileSync('router.wasm'), pool);
 * program.run(burst);
 * ```
 *
 * @param module A `WebAssembly.Module`, or the bytes of one.
 * @param pool One that was made with `memory`, or attached with it.
 * @param imports What the module wants beside its memory, and `env.abort`.
 * @throws {PmdError} `ERR_PMD_PROGRAM` for a module that does not compile, link or export what it must.
 */
export async function loadProgram(
  module: WasmModule | Uint8Array,
  pool: Pool,
  imports: ProgramImports = {},
): Promise<Program> {
  const bytes = Pool.memoryOf(pool);
  const compiled =
    module instanceof Uint8Array ? await attempt('compile', WebAssembly.compile(module)) : module;
  checkImports(compiled);
  const given = checkOptions('imports', imports, Object.keys(imports ?? {}));
  const env = { abort, ...given['env'], memory: pool.memory };
  const { exports } = await attempt('link', WebAssembly.instantiate(compiled, { ...given, env }));
  if (typeof exports['process'] !== 'function') {
    throw new PmdError('ERR_PMD_PROGRAM', 'the module exports no function "process"', {
      hint: 'export process(burst: address, count: 32 bits)',
    });
  }
  return new Program(internal, pool, exports, bytes);
}

function checkImports(module: WasmModule): void {
  let imports: { module: string; name: string; kind: string }[];
  try {
    imports = WebAssembly.Module.imports(module);
  } catch {
    throw invalidArgument(`module is ${describe(module)}`, 'pass a WebAssembly.Module, or the bytes of one');
  }
  if (imports.some((one) => one.module === 'env' && one.name === 'memory' && one.kind === 'memory')) return;
  throw new PmdError('ERR_PMD_PROGRAM', 'the module has a memory of its own, where the pool is not', {
    hint: 'compile it with --importMemory (asc), -Wl,--import-memory (clang) or -C link-arg=--import-memory (rustc)',
  });
}

async function attempt<T>(what: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    const text = error instanceof Error ? error.message : describe(error);
    const failure = new PmdError('ERR_PMD_PROGRAM', `the module does not ${what}: ${printableLine(text)}`, {
      hint: 'see docs/wasm.md',
    });
    failure.cause = error;
    throw failure;
  }
}
