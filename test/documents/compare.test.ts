import assert from 'node:assert/strict';
import { type Comparison, compareResults, type Verdict } from '../../src/documents/compare.ts';
import type { ResultDocument } from '../../src/documents/read-results.ts';
import type { Results } from '../../src/results/results.ts';
import { assertValid, validatorOf } from '../cli/support/schema.ts';
import { makeSamples, type Samples } from '../report/support/documents.ts';

const isComparison = validatorOf('pmd-bench-compare-1.json');

describe('results that are compared', () => {
  let samples: Samples;
  before(async () => {
    samples = await makeSamples();
  });

  /** The forwarding run with its rates so many times as high, and its cycles as they were. */
  function scaled(factor: number, change: (results: Results) => void = () => {}): ResultDocument {
    const results = structuredClone(samples.fwd.results);
    for (const port of results.ports) {
      port.rxPps *= factor;
      port.txPps *= factor;
    }
    change(results);
    return { file: `x${factor}.json`, results };
  }

  const group = (factor: number, count = 5) =>
    Array.from({ length: count }, (_, i) => scaled(factor * (1 + i * 0.002)));

  function compared(before: ResultDocument[], after: ResultDocument[], maxRegression = 0.05): Comparison {
    const comparison = compareResults(before, after, maxRegression);
    assertValid(isComparison, JSON.parse(JSON.stringify(comparison)));
    return comparison;
  }

  function verdictsOf({ metrics }: Comparison): Record<string, Verdict> {
    return Object.fromEntries(metrics.map(({ name, verdict }) => [name, verdict]));
  }

  const cases: [what: string, factor: number, verdict: Verdict][] = [
    ['the same', 1, 'none'],
    ['a little less, for certain', 0.97, 'worse'],
    ['less than is allowed', 0.9, 'regression'],
    ['more', 1.1, 'better'],
    ['nothing at all', 0, 'regression'],
  ];
  for (const [what, factor, verdict] of cases)
    it(`find ${verdict === 'none' ? 'no difference' : verdict}: ${what}`, () => {
      const comparison = compared(group(1), group(factor));
      assert.deepEqual(verdictsOf(comparison), {
        received: verdict,
        sent: verdict,
        'cycles per packet': 'none',
      });
      assert.equal(comparison.regression, verdict === 'regression');
    });

  it('are no regression as long as it may be chance', () => {
    // Worse by 20 % in the median, with as good runs among them.
    const before = [1, 1.01, 1.02, 1.03].map((factor) => scaled(factor));
    const after = [0.8, 0.81, 0.82, 1.04].map((factor) => scaled(factor));
    const comparison = compared(before, after);
    assert.ok(comparison.metrics[0]!.ratio! < 0.85);
    assert.equal(verdictsOf(comparison)['received'], 'none');
  });

  it('are taken at their word when there is one each', () => {
    const { metrics, regression } = compared([scaled(1)], [scaled(0.9)]);
    assert.deepEqual(metrics[0]!.interval.confidence, 0);
    assert.ok(regression);
    assert.ok(!compared([scaled(1)], [scaled(0.9)], 0.2).regression);
  });

  it('count more cycles and more latency as worse', () => {
    const slower = compared(
      [scaled(1)],
      [scaled(1, (results) => Object.assign(results, { cyclesPerPacket: results.cyclesPerPacket! * 2 }))],
    );
    assert.equal(verdictsOf(slower)['cycles per packet'], 'regression');
    const late = structuredClone(samples.latency);
    const { latencyNanoseconds } = late.results.details.latency!;
    latencyNanoseconds.p50! *= 2;
    const verdicts = verdictsOf(compared([samples.latency], [late]));
    assert.equal(verdicts['latency, p50'], 'regression');
    assert.equal(verdicts['latency, p99'], 'none');
  });

  it('compare each frame size and goal of a search', () => {
    const { metrics } = compared([samples.throughput], [samples.throughput]);
    assert.deepEqual(
      metrics.map(({ name }) => name),
      ['64 B', '512 B', '1518 B'].map((size) => `throughput, ${size}, no loss`),
    );
  });

  it('compare latencies under each load, what was delivered, and the longest bursts', () => {
    const namesOf = (document: ResultDocument) =>
      compared([document], [document]).metrics.map(({ name }) => name);
    const latencies = ['no load', '50 % load'].flatMap((load) =>
      ['p50', 'p90', 'p99', 'p99.9'].map((percentile) => `latency, ${load}, ${percentile}`),
    );
    assert.deepEqual(namesOf(samples.loads), latencies);
    const delivered = ['64 B', '1518 B'].flatMap((size) =>
      ['5.00 kpps', '20.0 kpps'].map((rate) => `delivered, ${size}, ${rate}`),
    );
    assert.deepEqual(namesOf(samples.loss).sort(), delivered.sort());
    assert.deepEqual(namesOf(samples.burst), ['longest burst, 64 B']);
  });

  it('show what is different about where they were measured', () => {
    const elsewhere = scaled(1, ({ environment }) => Object.assign(environment, { cpu: 'Abacus' }));
    const { cpu } = samples.fwd.results.environment;
    assert.deepEqual(compared([scaled(1)], [elsewhere]).differences, [
      `cpu: ${JSON.stringify(cpu)} before, "Abacus" after`,
    ]);
  });

  it('may have lasted longer, and have had other rings', () => {
    const tuned = scaled(1, ({ options }) => Object.assign(options, { durationSeconds: 9, rxRing: 64 }));
    assert.ok(!compared([scaled(1)], [tuned]).regression);
  });

  const refused: [what: string, other: () => ResultDocument, says: RegExp][] = [
    ['another command', () => samples.idle, /their command differ, "fwd" and "rx"/],
    [
      'another option',
      () => scaled(1, ({ options }) => Object.assign(options, { mode: 'io' })),
      /x1\.json and x1\.json can't be compared: their mode differ, "mac" and "io"/,
    ],
    [
      'an error',
      () => scaled(1, (results) => Object.assign(results, { error: { code: 'X', message: 'it went away' } })),
      /x1\.json ended with an error: it went away/,
    ],
  ];
  for (const [what, other, says] of refused)
    it(`are refused with ${what}`, () => {
      assert.throws(() => compareResults([scaled(1)], [other()], 0.05), says);
    });

  it('are refused with other frame sizes', () => {
    const other = structuredClone(samples.throughput);
    Object.assign(other.results.options, { frameSizes: ['64'] });
    assert.throws(() => compareResults([samples.throughput], [other], 0.05), /their frameSizes differ/);
  });

  it('are refused when no probe came back', () => {
    const lost = structuredClone(samples.latency);
    Object.assign(lost.results.details.latency!.latencyNanoseconds, {
      p50: null,
      p90: null,
      p99: null,
      p999: null,
    });
    assert.throws(
      () => compareResults([samples.latency], [lost], 0.05),
      /no probe came back for 'latency, p50'/,
    );
  });
});
