import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProgram, Verdict } from '../../src/index.ts';
import { compiled } from '../support/compiled.ts';
import { skip } from '../support/skip.ts';
import { assemble } from './support/assembly.ts';
import { poolInMemory } from './support/wasm.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/wasm.md'), 'utf8');

/** The block of the page in a language that has this in it. */
function blockOf(language: string, part: string): string {
  const blocks = [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  const found = blocks.find(([, name, text]) => name === language && text!.includes(part));
  assert.ok(found, `docs/wasm.md has a block of ${language}`);
  return found[2]!;
}

/** The command of the page that begins with a word. */
const commandOf = (word: string): string[] => new RegExp(`^${word} .*$`, 'm').exec(page)![0].split(' ');

/** A module sends IPv4 to the first port, and drops the rest. */
async function checkProgram(module: Uint8Array): Promise<void> {
  const pool = await poolInMemory();
  const program = await loadProgram(module, pool);
  const burst = pool.createBurst(4);
  for (const type of [0x0800, 0x86dd, 0x0800]) {
    const frame = Buffer.alloc(60);
    frame.writeUInt16BE(type, 12);
    burst.append(frame);
  }
  assert.deepEqual([...program.run(burst).subarray(0, 3)], [Verdict.port, Verdict.drop, Verdict.port]);
  burst.release();
  await pool.close();
}

describe('a Node without WebAssembly', () => {
  it('has the rest of the library', () => {
    const program = `import(${JSON.stringify(compiled('src/index.ts'))}).then(async ({ createPool }) => {
      await (await createPool({ buffers: 64 })).close();
      await createPool({ memory: {}, offset: 0 }).catch(({ code }) => console.log(code));
    })`;
    const said = execFileSync(process.execPath, ['--jitless', '-e', program], { encoding: 'utf8' });
    assert.equal(said, 'ERR_PMD_INVALID_ARGUMENT\n');
  });
});

describe('docs/wasm.md', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vfio-pmd-wasm-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('has a program in AssemblyScript that runs', async () => {
    const source = blockOf('ts', "'vfio-pmd/wasm/vfio-pmd'").replace('vfio-pmd/wasm/', './');
    await checkProgram(await assemble(source));
  });

  it('has a program in C that runs', async function () {
    const clang = ['clang', 'clang-14', 'clang-19'].find(
      (name) => spawnSync(name, ['--version']).status === 0,
    );
    if (clang === undefined) skip(this, 'there is no clang');
    writeFileSync(join(folder, 'program.c'), blockOf('c', 'pmd_frame'));
    const [, ...options] = commandOf('clang');
    execFileSync(clang, [`-I${join(root, 'wasm')}`, '-Wall', '-Werror', ...options], { cwd: folder });
    await checkProgram(readFileSync(join(folder, 'program.wasm')));
  });

  it('has a program in Rust that compiles', function () {
    if (spawnSync('rustc', ['--version']).status !== 0) skip(this, 'there is no rustc');
    writeFileSync(join(folder, 'program.rs'), blockOf('rust', 'mod vfio_pmd'));
    writeFileSync(join(folder, 'vfio_pmd.rs'), readFileSync(join(root, 'wasm/vfio_pmd.rs')));
    // For this machine: not every compiler has the library for WebAssembly.
    execFileSync('rustc', ['--emit', 'metadata', '--crate-type', 'cdylib', 'program.rs'], {
      cwd: folder,
      stdio: 'pipe',
    });
  });

  it('names every word of a burst that wasm/ has', () => {
    for (const at of [0, 4, 8, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56])
      assert.match(page, new RegExp(`^\\|.*\\b${at}\\b`, 'm'));
  });
});
