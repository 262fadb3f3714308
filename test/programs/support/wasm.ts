import {
  createPool,
  loadProgram,
  type Pool,
  type PoolOptions,
  type Program,
  type WasmMemory,
} from '../../../src/index.ts';
import { assemble } from './assembly.ts';

interface Limits {
  initial: number;
  maximum?: number;
  shared?: boolean;
}

const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: new (limits: Limits) => WasmMemory } })
  .WebAssembly;

export const megabyte = 1 << 20;
const pageBytes = 65_536;
/** Where pools begin here: programs have what is below. */
export const offset = megabyte;

/** A memory of so many megabytes, which can grow by as many. */
export function newMemory(megabytes: number, options: Partial<Limits> = {}): WasmMemory {
  const initial = (megabytes * megabyte) / pageBytes;
  return new Memory({ initial, maximum: 2 * initial, ...options });
}

/** What a memory holds now. */
export const bytesOf = (memory: WasmMemory): Uint8Array => new Uint8Array(memory.buffer);

/** A pool in a memory of its own. */
export async function poolInMemory(memory = newMemory(4), options: PoolOptions = {}): Promise<Pool> {
  return await createPool({ memory, offset, buffers: 1024, hugePages: 'never', ...options });
}

const head = "import { Burst, frameAt, lengthOf, setVerdict, Verdict } from './vfio-pmd';\n";

/** A program whose `process` has this body: AssemblyScript over `burst` and `count`. What stands before it is `more`. */
export async function programOf(pool: Pool, body: string, more = ''): Promise<Program> {
  const source = `${head}${more}\nexport function process(burst: Burst, count: u32): void { ${body} }\n`;
  return await loadProgram(await assemble(source), pool);
}

/** Changes the sixth byte of each frame, and says that all are to go. */
export const marking =
  'for (let i: u32 = 0; i < count; i++) { store<u8>(frameAt(burst, i) + 5, 0x77); setVerdict(burst, i, Verdict.port); }';
