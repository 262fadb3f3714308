import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import asc from 'assemblyscript/asc';

const root = join(import.meta.dirname, '../../..');

/** What a program can import, as if it lay in a folder of examples/. */
const abi = join(root, 'wasm/vfio-pmd.ts');

/** Compiles AssemblyScript: the text of a program, which imports `./vfio-pmd`, or a file of the repository. */
export async function assemble(
  source: string | { file: string },
  options: readonly string[] = ['--importMemory'],
): Promise<Uint8Array> {
  const entry = typeof source === 'string' ? join(root, 'wasm/program.ts') : join(root, source.file);
  const files: Record<string, string> = typeof source === 'string' ? { [entry]: source } : {};
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [entry, '--baseDir', '/', '-O3', '--runtime', 'stub', '--outFile', 'out.wasm', ...options],
    {
      readFile(name, baseDir) {
        const path = join(baseDir, name);
        const text = files[path];
        if (text !== undefined) return text;
        if (dirname(path) !== dirname(abi) && !path.startsWith(join(root, 'examples'))) return null;
        try {
          return readFileSync(path, 'utf8');
        } catch {
          return null;
        }
      },
      writeFile(name, contents) {
        if (name.endsWith('.wasm')) binary = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || binary === undefined) throw new Error(`the program does not compile: ${stderr}`);
  return binary;
}
