import assert from 'node:assert/strict';
import type { Results } from '../../src/results/results.ts';
import { runPmdBench } from './support/child.ts';

async function results(...args: string[]): Promise<Results> {
  const { code, stdout, stderr } = await runPmdBench([...args, '--json']);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Results;
}

/** More than this many frames the limit does not allow: a millisecond of it may go at once. */
const most = ({ durationSeconds }: Results, perSecond: number) =>
  perSecond / 1000 + Math.ceil(durationSeconds * perSecond);

describe('pmd-bench --tx-rate', () => {
  it('limits what tx sends', async () => {
    const run = await results('tx', 'emu:a,peer=flood', '--tx-rate', '5k', '--packets', '2000');
    const [{ txPackets }] = run.ports as [Results['ports'][number]];
    assert.equal(txPackets, 2000);
    assert.ok(txPackets <= most(run, 5000), `in ${run.durationSeconds} s`);
  });

  it('limits what fwd passes on, and counts the rest as dropped', async () => {
    const floods = ['emu:a,peer=flood,rate=100k', 'emu:b,peer=flood,rate=100k'];
    const run = await results('fwd', ...floods, '--tx-rate', '10k', '--duration', '500ms');
    for (const { txPackets, txDropped } of run.ports) {
      assert.ok(txPackets <= most(run, 10_000), `${txPackets} in ${run.durationSeconds} s`);
      assert.ok(txDropped! > 0);
    }
  });

  it('of bits counts what frames take on the wire', async () => {
    const run = await results(
      ...['tx', 'emu:a,peer=flood', '--size', '64', '--tx-rate', '10Mbit', '--packets', '5000'],
    );
    assert.ok(run.ports[0]!.txPackets * 84 * 8 <= 10e6 * run.durationSeconds + 8 * 1542);
  });

  it('is refused beside --rate', async () => {
    const { code, stderr } = await runPmdBench(['tx', 'emu:a', '--rate', '1k', '--tx-rate', '1k']);
    assert.equal(code, 2);
    assert.match(stderr, /'--tx-rate <rate>' cannot be used with option '--rate <rate>'/);
  });
});
