import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodes } from '../package/support/nodes.ts';
import { assemble } from '../programs/support/assembly.ts';
import { marking } from '../programs/support/wasm.ts';
import { compiled } from '../support/compiled.ts';

const path = fileURLToPath(new URL('../support/wasm-lifetime-program.mjs', import.meta.url));
const source = `import { Burst, frameAt, setVerdict, Verdict } from './vfio-pmd';\nexport function process(burst: Burst, count: u32): void { ${marking} }`;

describe('A pool in a WebAssembly.Memory ends', function () {
  this.timeout(300_000);
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vfio-pmd-wasm-'));
    const options = ['--importMemory', '--maximumMemory', '128'];
    writeFileSync(join(folder, 'own.wasm'), await assemble(source, options));
    const shared = [...options, '--sharedMemory', '--enable', 'threads'];
    writeFileSync(join(folder, 'shared.wasm'), await assemble(source, shared));
  });
  after(() => rmSync(folder, { recursive: true }));

  const ways: [what: string, title: string, says: string][] = [
    ['collected', 'when nobody has it, and its memory, any more', 'collected'],
    ['views', 'and leaves its views to who has them', 'views read on'],
    ['workers', 'with a worker, also amid a call of a program', 'workers ended'],
    ['shared', 'after the workers that used it, in a shared memory', 'ERR_PMD_PROGRAM, true, true'],
  ];
  for (const { version, path: node } of nodes()) {
    for (const [what, title, says] of ways) {
      it(`${title}, on Node ${version}`, () => {
        const file = join(folder, what === 'shared' ? 'shared.wasm' : 'own.wasm');
        const { status, signal, stdout, stderr } = spawnSync(
          node,
          ['--expose-gc', path, what, compiled('src/index.ts'), file],
          { encoding: 'utf8' },
        );
        const errors = stderr.replace(/^.*(PMD_FRAMES_HELD|trace-warnings).*\n/gm, '');
        assert.deepEqual({ status, signal, errors }, { status: 0, signal: null, errors: '' });
        assert.equal(stdout, `${says}\n`);
      });
    }
  }
});
