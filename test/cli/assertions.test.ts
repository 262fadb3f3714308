import assert from 'node:assert/strict';
import type { Results } from '../../src/results/results.ts';
import { runPmdBench } from './support/child.ts';

const quick = ['--frame-sizes', '64', '--settle', '100ms'];
const flood = 'emu:a,peer=flood';

describe('a run in which nothing arrives', () => {
  const runs: Record<string, string[]> = {
    throughput: [...quick, '--trial', '50ms', '--sum', '50ms', '--max-rate', '5k'],
    loss: [...quick, '--rates', '1k', '--trial', '50ms'],
    burst: [...quick, '--longest', '1ms', '--repeat', '1'],
    latency: ['--rate', '1k', '--packets', '50'],
  };
  for (const [command, args] of Object.entries(runs)) {
    it(`ends ${command} with 3, and names the cause before anything else`, async () => {
      const { code, stderr } = await runPmdBench([command, 'emu:a', 'emu:b', ...args, '--json']);
      assert.equal(code, 3);
      assert.match(
        stderr,
        /^error: none of [\d ]+ frames from emu:a arrived at emu:b: these are two wires, give both ends one name$/m,
      );
    });
  }
});

describe('what a script wants to hold', () => {
  const shaped = ['emu:a,rate=2k', 'emu:a'];
  const runs: [name: string, args: string[], code: number, says?: RegExp][] = [
    [
      'a loss that is allowed',
      ['loss', ...shaped, ...quick, '--rates', '1k', '--trial', '100ms', '--max-loss', '50'],
      0,
    ],
    [
      'a loss that is not',
      ['loss', ...shaped, ...quick, '--rates', '20k', '--trial', '200ms', '--max-loss', '1'],
      3,
      /^error: [\d.]+ % were lost: --max-loss allows 1\.000 %$/m,
    ],
    ['a rate that is reached', ['rx', flood, '--packets', '10k', '--min-rate', '100'], 0],
    [
      'a rate that is not',
      ['rx', 'emu:a,peer=flood,rate=100', '--packets', '20', '--min-rate', '1M'],
      3,
      /^error: [\d.]+ k?pps moved: --min-rate wants 1\.00 Mpps$/m,
    ],
    ['a latency that is kept', ['latency', 'emu:a', 'emu:a', '--packets', '20', '--max-latency', '10s'], 0],
    [
      'a latency that is not',
      ['latency', 'emu:a,delay=5ms', 'emu:a', '--packets', '20', '--max-latency', '1ms'],
      3,
      /^error: a probe took [\d.]+ m?s: --max-latency allows 1\.00 ms$/m,
    ],
  ];
  for (const [name, args, expected, says] of runs) {
    it(`${name}: exit code ${expected}, and the whole result`, async () => {
      const { code, stdout, stderr } = await runPmdBench([...args, '--json']);
      assert.equal(code, expected, stderr);
      assert.equal((JSON.parse(stdout) as Results).error, null);
      if (says === undefined) assert.doesNotMatch(stderr, /error/);
      else assert.match(stderr, says);
    });
  }
});

describe('what a rate intended', () => {
  it('is never more than the frames that were asked for', async () => {
    for (const args of [
      [flood, '--rate', '100%'],
      [flood, '--rate', '10k'],
      [flood, 'emu:b,peer=flood', '--rate', '50k'],
    ]) {
      const { code, stdout } = await runPmdBench(['tx', ...args, '--packets', '1000', '--json']);
      assert.equal(code, 0);
      const { details, notices } = JSON.parse(stdout) as Results;
      const intended = details.rate!.reduce((sum, rate) => sum + rate.intended, 0);
      assert.equal(intended, 1000);
      assert.deepEqual(notices, []);
    }
  });
});
