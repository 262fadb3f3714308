import assert from 'node:assert/strict';
import type { Results } from '../../src/results/results.ts';
import { pmdBench, runPmdBench } from './support/child.ts';

async function results(...args: string[]): Promise<Results> {
  const { code, stdout, stderr } = await runPmdBench([...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Results;
}

const udp = ['--template', 'udp', '--flows', '100', '--set', 'src-ip=random:10.0.0.0-10.0.255.255'];

describe('pmd-bench loss', () => {
  it('has a trial for each size and rate, whose books add up with both ends of the wire', async () => {
    const rates = ['--rates', '2k,50k', '--frame-sizes', '64,imix', '--trial', '200ms', '--settle', '100ms'];
    const { details, ports, endedBy, options } = await results(
      'loss',
      'emu:l,rate=10k',
      'emu:l',
      ...rates,
      ...udp,
    );
    assert.equal(endedBy, 'done');
    const trials = details.loss!.flatMap(({ trials }) => trials);
    assert.deepEqual(
      trials.map(({ load }) => load),
      [2000, 50_000, 2000, 50_000],
    );
    for (const { intended, offered, sent, received, late, lossRatio } of trials) {
      assert.ok(received <= sent && sent <= offered && offered <= intended && late <= received);
      assert.equal(lossRatio, (intended - received + late) / intended);
    }
    // The wire carries a fifth of it.
    for (const trial of [trials[1]!, trials[3]!]) assert.ok(trial.lossRatio > 0.6, `${trial.lossRatio}`);
    const sum = (figure: 'sent' | 'received') => trials.reduce((total, trial) => total + trial[figure], 0);
    const [tx, rx] = ports;
    assert.equal(tx!.txPackets, sum('sent'));
    assert.equal(tx!.counters.bus['wireDelivered'], sum('sent'));
    assert.equal(rx!.rxPackets, sum('received'));
    assert.equal(rx!.rxPackets + rx!.counters.bus['rxNoDescriptor']!, sum('sent'));
    assert.deepEqual([options['template'], options['flows'], options['untilLossless']], ['udp', 100, null]);
  });

  it('shows a line for each, and what was found so far when it is interrupted', async () => {
    const child = pmdBench([
      'loss',
      'emu:l',
      'emu:l',
      '--rates',
      Array.from({ length: 500 }, (_, i) => 1000 + i).join(), // more than there is time for, however late the signal comes
      '--frame-sizes',
      '64',
      '--trial',
      '700ms',
    ]);
    await child.line('stderr', /Mpps/);
    child.process.kill('SIGINT');
    const { code, stdout, stderr } = await child.finished;
    assert.equal(code, 0);
    assert.match(stderr, /note: 64 bytes: ended before all trials were made\n/);
    assert.match(
      stdout,
      /\nframe +load +of line rate +intended +sent +received +late +lost\n64 B +1 000 +0\.1 % /,
    );
  });
});

describe('pmd-bench burst', () => {
  it('repeats its search, and says when the longest burst that it tried lost nothing', async () => {
    const search = ['--frame-sizes', '64,1518', '--longest', '2ms', '--repeat', '2', '--settle', '500ms'];
    const { details, ports, notices, endedBy } = await results(
      'burst',
      'emu:b',
      'emu:b',
      '--rx-ring',
      '4096',
      ...search,
      ...udp,
    );
    assert.equal(endedBy, 'done');
    assert.deepEqual(
      details.burst!.map(({ size, maxFrames }) => [size, maxFrames]),
      [
        ['64', 2976],
        ['1518', 163],
      ],
    );
    const trials = details.burst!.flatMap(({ trials }) => trials);
    assert.equal(
      ports[0]!.txPackets,
      trials.reduce((sum, { frames }) => sum + frames, 0),
    );
    assert.equal(
      ports[1]!.rxPackets,
      trials.reduce((sum, { received }) => sum + received, 0),
    );
    // The ring has room for all of either burst, so nothing can be lost.
    for (const { longest, maxFrames } of details.burst!) {
      assert.deepEqual(longest.frames, [maxFrames, maxFrames]);
      assert.deepEqual([longest.average, longest.standardDeviation], [maxFrames, 0]);
    }
    const said = notices.filter(({ text }) => text.endsWith('the longest burst that was tried lost nothing'));
    assert.equal(said.length, 2);
  });

  it('shows a line for each size', async () => {
    const { stdout } = await runPmdBench([
      'burst',
      'emu:b',
      'emu:b',
      '--frame-sizes',
      'imix',
      '--longest',
      '1ms',
      '--repeat',
      '1',
    ]);
    assert.match(
      stdout,
      /\nframe +longest burst +least +most +deviation +searches +tried\nimix +\d+ .* up to \d+\n/,
    );
  });
});
