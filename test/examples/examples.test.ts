import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, runScript } from '../cli/support/child.ts';
import { compiled } from '../support/compiled.ts';

const examples = [
  {
    script: 'examples/count.ts',
    moves: /^[1-9]\d* packets, \d+ bytes$/,
    ends: /^stopped after \d+ packets, \d+ bytes$/m,
  },
  {
    script: 'examples/echo.ts',
    moves: /^[1-9]\d* packets echoed$/,
    ends: /^stopped after \d+ packets in, \d+ out$/m,
  },
  { script: 'examples/forward.ts', moves: /^[1-9]\d* packets$/, ends: /^stopped after \d+ packets$/m },
];

describe('the examples', () => {
  before('they import the package by its name', () => void compiled('src/index.ts'));

  for (const { script, moves, ends } of examples) {
    it(`${script} moves frames, and ends in order at SIGINT`, async () => {
      const child = runScript(script);
      await child.line('stdout', moves);
      child.process.kill('SIGINT');
      const { code, stdout, stderr } = await child.finished;
      assert.equal(code, 0, stderr);
      assert.match(stdout, ends);
      assert.equal(stderr, '');
    });

    it(`${script} is short enough to read`, () => {
      assert.ok(readFileSync(join(packageRoot, script), 'utf8').split('\n').length <= 60);
    });
  }

  it('examples/responder.ts answers ARP, and every ping', async () => {
    const { code, stdout, stderr } = await runScript('test/examples/programs/ping.ts', []).finished;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^emu:ping answers for 10\.77\.0\.2 as /);
    assert.match(stdout, /^stopped after 1001 answers$/m);
    assert.match(stdout, /^ARP true, 1000 of 1000 pings$/m);
  });
});
