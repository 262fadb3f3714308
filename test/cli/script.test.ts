import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { Results } from '../../src/results/results.ts';
import { useDirectory } from '../pcap/support/directory.ts';
import { pmdBench, runPmdBench } from './support/child.ts';

const floods = ['emu:a,peer=flood', 'emu:b,peer=flood'];

describe('pmd-bench fwd --script', () => {
  const path = useDirectory();

  function script(name: string, text: string): string {
    writeFileSync(path(name), text);
    return path(name);
  }

  it('shows each burst to the script, and sends what it leaves, by the count of both ends', async () => {
    const args = ['fwd', ...floods, '--script', 'examples/script.ts', '--packets', '20001', '--json'];
    const { code, stdout, stderr } = await runPmdBench(args);
    assert.equal(code, 0, stderr);
    const { ports, options } = JSON.parse(stdout) as Results;
    assert.equal(options['script'], 'examples/script.ts');
    const sum = (figure: (port: (typeof ports)[number]) => number) =>
      ports.reduce((total, port) => total + figure(port), 0);
    assert.equal(
      sum(({ rxPackets }) => rxPackets),
      20_001,
    );
    assert.equal(
      sum(({ txPackets, txDropped }) => txPackets + txDropped!),
      10_001,
    );
    assert.equal(
      sum(({ counters }) => counters.bus['peerReceived']!),
      sum(({ txPackets }) => txPackets),
    );
  });

  it('has what it drops itself counted as received and not as dropped', async () => {
    const file = script('none.mjs', 'export default (burst) => burst.release();');
    const { stdout } = await runPmdBench(['fwd', ...floods, '--script', file, '--packets', '1000', '--json']);
    const { ports } = JSON.parse(stdout) as Results;
    for (const { txPackets, txDropped } of ports) assert.deepEqual([txPackets, txDropped], [0, 0]);
  });

  const wrong: [what: string, file: () => string, says: RegExp][] = [
    ['is not there', () => path('missing.js'), /^error: the script \S+missing\.js can't be read: ENOENT/],
    [
      'does not parse',
      () => script('broken.mjs', 'const frames = 0;\n\nexport default (burst => {'),
      /^error: the script \S+ does not load: .+ \(at \S+broken\.mjs:3\)\n/,
    ],
    [
      'does not parse as CommonJS',
      () => script('broken.cjs', '\nmodule.exports = ( =>'),
      /^error: the script \S+ does not load: .+ \(at \S+broken\.cjs:2\)\n/,
    ],
    [
      'imports a name that a module does not have',
      () => script('name.mjs', '\nimport { nothing } from "node:fs";'),
      /does not load: The requested module .+ \(at \S+name\.mjs:2\)\n/,
    ],
    [
      'throws when it loads',
      () => script('throws.mjs', 'throw new Error("not\\ntoday")'),
      /does not load: not \(at file:\S+throws\.mjs:1:7\)\n/,
    ],
    [
      'exports nothing',
      () => script('empty.mjs', 'export const onBurst = 1;'),
      /has no default export that is a function \(write: export default/,
    ],
    [
      'imports what is not there',
      () => script('import.mjs', 'import "./nothing.mjs";'),
      /does not load: Cannot find module/,
    ],
  ];
  for (const [what, file, says] of wrong) {
    it(`says on one line that a script ${what}, and ends with 1`, async () => {
      const { code, stdout, stderr } = await runPmdBench(['fwd', ...floods, '--script', file()]);
      assert.match(stderr, says);
      assert.match(stderr, /^error: [^\n]+\n$/);
      assert.deepEqual([code, stdout], [1, '']);
    });
  }

  for (const [what, text, says] of [
    [
      'is async',
      'export default async (burst) => {};',
      /^error: the script \S+ exports an async function \(a burst is sent when/,
    ],
    [
      'is an async arrow that waits',
      'export default async () => { await null; };',
      /^error: the script \S+ exports an async function/,
    ],
  ] as const) {
    it(`refuses a script that ${what} when it loads`, async () => {
      const { code, stdout, stderr } = await runPmdBench([
        'fwd',
        ...floods,
        '--script',
        script('async.mjs', text),
      ]);
      assert.match(stderr, says);
      assert.deepEqual([code, stdout], [1, '']);
    });
  }

  for (const [what, text, says] of [
    [
      'returns a promise',
      'export default () => Promise.reject(new Error("x"));',
      /^error: the script returned a promise \(/m,
    ],
    [
      'leaves a frame that is too long',
      'export default (burst) => { burst.lengths[0] = 9999; };',
      /^error: the script left a burst that can't be sent: /m,
    ],
    [
      'leaves an entry that is none',
      'export default (burst) => { burst.indices[0] = 4000000000; };',
      /^error: the script left a burst that can't be sent: /m,
    ],
    [
      'calls the library wrongly',
      'export default (burst) => {\n  burst.release(-1);\n};',
      /^error: the script threw an error: .+ \(at file:\S+bad\.mjs:2:9\)$/m,
    ],
    [
      'throws no error',
      'export default () => { throw "text"; };',
      /^error: the script threw an error: text$/m,
    ],
  ] as const) {
    it(`ends with 1, a line and the whole result when the script ${what}`, async () => {
      const file = script('bad.mjs', text);
      const { code, stdout, stderr } = await runPmdBench(['fwd', ...floods, '--script', file, '--json']);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /\n {4}at /);
      assert.equal(code, 1);
      assert.equal((JSON.parse(stdout) as Results).error?.code, 'ERR_PMD_SCRIPT');
    });
  }

  it('ends at SIGINT when the script never returns, with the result until then', async () => {
    const file = script(
      'endless.mjs',
      'let n = 0;\nexport default () => {\n  if (++n < 100) return;\n  process.stderr.write("endless\\n");\n  for (;;);\n};\n',
    );
    const child = pmdBench(['fwd', ...floods, '--script', file, '--json']);
    await child.line('stderr', /endless/);
    child.process.kill('SIGINT');
    const { code, stdout } = await child.finished;
    assert.equal(code, 0);
    const { endedBy, ports } = JSON.parse(stdout) as Results;
    assert.equal(endedBy, 'signal');
    assert.ok(ports.some(({ rxPackets }) => rxPackets > 0));
  });

  it('keeps the results when the script throws during the run, and says where', async () => {
    const file = script(
      'late.mjs',
      'let n = 0;\nexport default () => {\n  if (++n > 100) throw new TypeError("late");\n};\n',
    );
    const { code, stdout, stderr } = await runPmdBench(['fwd', ...floods, '--script', file, '--json']);
    assert.match(stderr, /^error: the script threw an error: late \(at file:\S+late\.mjs:3:\d+\)\n$/);
    assert.equal(code, 1);
    const { endedBy, error, ports } = JSON.parse(stdout) as Results;
    assert.deepEqual([endedBy, error?.code], ['error', 'ERR_PMD_SCRIPT']);
    assert.ok(ports.some(({ rxPackets }) => rxPackets > 0));
  });
});
