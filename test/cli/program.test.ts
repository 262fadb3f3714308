import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Results } from '../../src/results/results.ts';
import { assemble } from '../programs/support/assembly.ts';
import { freshFlood } from '../support/ports.ts';
import { runPmdBench } from './support/child.ts';

const source = (verdict: string) => `import { Burst, setVerdict, Verdict } from './vfio-pmd';
  export function process(burst: Burst, count: u32): void { for (let i: u32 = 0; i < count; i++) setVerdict(burst, i, ${verdict}); }`;

describe('pmd-bench fwd --program', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vfio-pmd-program-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function forward(name: string, verdict: string) {
    const file = join(folder, name);
    writeFileSync(file, await assemble(source(verdict)));
    return await runPmdBench([
      'fwd',
      freshFlood(),
      freshFlood(),
      '--program',
      file,
      '--packets',
      '10000',
      '--json',
    ]);
  }

  const cases: [name: string, verdict: string, sent: (first: number, second: number) => boolean][] = [
    ['keeps frames for the other port', 'Verdict.keep', (first, second) => first > 0 && second > 0],
    ['drops frames', 'Verdict.drop', (first, second) => first === 0 && second === 0],
    ['sends frames to the second port', 'Verdict.port + 1', (first, second) => first === 0 && second > 0],
  ];
  for (const [name, verdict, isSent] of cases) {
    it(`runs a program that ${name}`, async () => {
      const { code, stdout, stderr } = await forward('program.wasm', verdict);
      assert.equal(code, 0, stderr);
      const { ports, options } = JSON.parse(stdout) as Results;
      const [first, second] = ports.map((port) => port.txPackets);
      assert.ok(isSent(first!, second!), `${first} and ${second} frames`);
      assert.match(String(options['program']), /program\.wasm$/);
    });
  }

  it('ends with what it measured when the program traps', async () => {
    const { code, stderr } = await forward('trap.wasm', '1 / (i & 0)');
    assert.equal(code, 1);
    assert.match(stderr, /the program trapped: divide by zero/);
  });

  it('refuses a file that is no program', async () => {
    for (const [file, says] of [
      [join(folder, 'none.wasm'), /can't be read/],
      ['package.json', /does not compile/],
    ] as const) {
      const { code, stderr } = await runPmdBench(['fwd', freshFlood(), '--program', file]);
      assert.equal(code, 1);
      assert.match(stderr, says);
    }
  });
});
