import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from '../../src/documents/compare.ts';
import { makeSamples, type Samples } from '../report/support/documents.ts';
import { runPmdBench } from './support/child.ts';
import { assertValid, validatorOf } from './support/schema.ts';

describe('pmd-bench compare', () => {
  let directory = '';
  let samples: Samples;
  const path = (name: string) => join(directory, name);

  /** Writes the forwarding run with other rates, and returns its path. */
  function write(name: string, factor: number): string {
    const results = structuredClone(samples.fwd.results);
    for (const port of results.ports) {
      port.rxPps *= factor;
      port.txPps *= factor;
    }
    writeFileSync(path(name), JSON.stringify(results));
    return path(name);
  }

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pmd-compare-'));
    samples = await makeSamples();
  });
  after(() => rmSync(directory, { recursive: true }));

  it('ends with 0 and a table when nothing is worse', async () => {
    const { code, stdout, stderr } = await runPmdBench(['compare', write('a.json', 1), write('b.json', 1.2)]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^figure +before +after +change +interval *\nreceived .* \+20\.0 % +- +better\n/);
    assert.match(stdout, /\nthese are too few runs for 95 % confidence/);
  });

  it('ends with 1 at a regression, and with 0 when that much is allowed', async () => {
    const files = [write('a.json', 1), write('b.json', 0.9)];
    const { code, stdout } = await runPmdBench(['compare', ...files]);
    assert.equal(code, 1);
    assert.match(stdout, /\nreceived .* -10\.0 % +- +REGRESSION\n/);
    const allowed = await runPmdBench(['compare', ...files, '--max-regression', '12%']);
    assert.equal(allowed.code, 0);
    assert.match(allowed.stdout, /\nreceived .* -10\.0 % +- +worse\n/);
  });

  it('compares groups, and writes JSON as the schema says', async () => {
    const names = (side: string, factor: number) =>
      [1, 1.01, 1.02, 1.03].map((share, i) => write(`${side}${i}.json`, factor * share));
    const [before, after] = [names('before', 1), names('after', 0.8)];
    const args = ['compare', ...after, '--baseline', ...before];
    const { code, stdout } = await runPmdBench([...args, '--json']);
    assert.equal(code, 1);
    const comparison = JSON.parse(stdout) as Comparison;
    assertValid(validatorOf('pmd-bench-compare-1.json'), comparison);
    assert.deepEqual([comparison.before.files, comparison.after.files], [before, after]);
    const { interval, verdict } = comparison.metrics[0]!;
    assert.equal(verdict, 'regression');
    assert.ok(interval.confidence >= 0.95 && interval.low! < 0.8 && interval.high! > 0.8);
    assert.match((await runPmdBench(args)).stdout, /medians of 4 before and 4 after, 97\.1 % confidence/);
  });

  const mistakes: [args: () => string[], says: RegExp][] = [
    [() => [write('a.json', 1)], /give two results, before and after: 1 are given/],
    [() => [write('a.json', 1), path('none.json')], /none\.json can't be read: ENOENT/],
    [() => [write('a.json', 1), path('latency.json')], /their command differ, "fwd" and "latency"/],
    [() => [write('a.json', 1), path('bad.json')], /bad\.json is of the schema "other\/1"/],
    [() => [write('a.json', 1), write('b.json', 1), '--max-regression', 'much'], /'much' is invalid/],
  ];
  for (const [args, says] of mistakes)
    it(`ends with 2 and a line: ${says.source}`, async () => {
      writeFileSync(path('latency.json'), JSON.stringify(samples.latency.results));
      writeFileSync(path('bad.json'), '{"schema":"other/1"}');
      const { code, stdout, stderr } = await runPmdBench(['compare', ...args()]);
      assert.match(stderr, says);
      assert.match(stderr, /^error: [^\n]+\n$/);
      assert.deepEqual([code, stdout], [2, '']);
    });
});
