import assert from 'node:assert/strict';
import type { LatencyResult } from '../../src/results/latency-result.ts';
import type { Results } from '../../src/results/results.ts';
import { skip } from '../support/skip.ts';
import { runPmdBench } from './support/child.ts';

async function latency(shape: string): Promise<LatencyResult> {
  const { code, stdout, stderr } = await runPmdBench([
    'latency',
    `emu:l${shape}`,
    'emu:l',
    '--duration',
    '500ms',
    '--json',
  ]);
  assert.equal(code, 0, stderr);
  const { details, ports } = JSON.parse(stdout) as Results;
  const result = details['latency'] as LatencyResult;
  assert.equal(result.sent, ports[0]!.txPackets);
  assert.equal(result.received + result.lost, result.sent);
  assert.equal(result.latencyNanoseconds.samples, result.received);
  return result;
}

describe('pmd-bench latency', () => {
  for (const [name, delayNs] of [
    ['100us', 0.1e6],
    ['1ms', 1e6],
    ['10ms', 10e6],
  ] as const) {
    it(`shows a wire's delay of ${name} within 5 %, or that the host has no such resolution`, async function () {
      const without = await latency('');
      const { latencyNanoseconds, lost } = await latency(`,delay=${name}`);
      assert.equal(lost, 0);
      // A wire never delivers before its time: that holds however busy the host is.
      assert.ok(latencyNanoseconds.min! >= delayNs * 0.9, `${latencyNanoseconds.min}`);
      const foundNs = latencyNanoseconds.p50! - without.latencyNanoseconds.p50!;
      const { min, p90 } = without.latencyNanoseconds;
      const spreadNs = p90! - min!;
      const isNear = Math.abs(foundNs / delayNs - 1) <= 0.05;
      if (!isNear && spreadNs > delayNs * 0.02) {
        skip(this, `without any delay probes took ${min} to ${p90} ns; found ${foundNs}`);
      }
      assert.ok(isNear, `${foundNs} of ${delayNs} ns`);
    });
  }

  it('has a result for each load, with what became of the load', async () => {
    const { code, stdout, stderr } = await runPmdBench([
      ...['latency', 'emu:l', 'emu:l', '--load', '0,10,90', '--max-rate', '10k', '--duration', '400ms'],
      ...['--template', 'udp', '--flows', '8', '--load-size', 'imix', '--json'],
    ]);
    assert.equal(code, 0, stderr);
    const { details, endedBy, ports } = JSON.parse(stdout) as Results;
    assert.equal(endedBy, 'done');
    const results = details.latencyUnderLoad!;
    assert.deepEqual(
      results.map(({ loadPercent, load }) => [loadPercent, load?.intendedPps ?? null]),
      [
        [0, null],
        [10, 1000],
        [90, 9000],
      ],
    );
    let frames = 0;
    for (const { sent, received, lost, load, latencyNanoseconds } of results) {
      assert.equal(received + lost, sent);
      assert.equal(latencyNanoseconds.samples, received);
      if (load !== null) assert.ok(load.sent <= load.offered && load.received <= load.sent);
      frames += sent + (load?.sent ?? 0);
    }
    assert.equal(ports[0]!.txPackets, frames);
    const { loadPercent: _, ...first } = results[0]!;
    assert.deepEqual(details.latency, first);
  });

  it('shows percentiles, what was lost, and its own part', async () => {
    const { stdout } = await runPmdBench(['latency', 'emu:l', 'emu:l', '--packets', '40', '--rate', '500']);
    assert.match(stdout, /\nµs +min +p50 +p90 +p99 +p99\.9 +p99\.99 +max\nlatency( +\d[\d. ]*){7}\n/);
    assert.match(stdout, /\n\d+ probes, 0 lost, 0 out of order; /);
    assert.match(stdout, /\n[\d. ]+ µs of it is the program's own/);
  });
});
