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

  it('examples/prometheus.ts serves what the port counts, in order', async () => {
    const child = runScript('examples/prometheus.ts');
    const url = await child.line('stdout', /^http:/);
    const read = async () => {
      const text = await (await fetch(url, { headers: { connection: 'close' } })).text();
      assert.match(text, /^# HELP vfio_pmd_rx_packets_total Frames handed to the application$/m);
      assert.match(text, /^# TYPE vfio_pmd_rx_packets_total counter$/m);
      for (const line of text.trimEnd().split('\n'))
        assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+\{([a-z]+="[^"]*",?)+\} \d+)$/);
      return Number(/^vfio_pmd_rx_packets_total\{.*\} (\d+)$/m.exec(text)?.[1]);
    };
    let before = await read();
    for (let later = before; later === before; later = await read()) assert.ok(later >= 0);
    child.process.kill('SIGINT');
    const { code, stdout, stderr } = await child.finished;
    assert.equal(code, 0, stderr);
    before = Number(/^stopped after (\d+) packets$/m.exec(stdout)?.[1]);
    assert.ok(before > 0);
  });

  it('examples/responder.ts answers ARP, and every ping', async () => {
    const { code, stdout, stderr } = await runScript('test/examples/programs/ping.ts', []).finished;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^emu:ping answers for 10\.77\.0\.2 as /);
    assert.match(stdout, /^stopped after 1001 answers$/m);
    assert.match(stdout, /^ARP true, 1000 of 1000 pings$/m);
  });
});
