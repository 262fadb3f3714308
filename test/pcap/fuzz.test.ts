import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { fuzz, readCorpus } from './fuzz.ts';
import { fuzzCapture } from './fuzz-target.ts';

const seconds = scaled('seconds of changed capture files', 2, { long: 300 });

describe('capture files of any contents', () => {
  it('the corpus, as it is', () => {
    const corpus = readCorpus();
    assert.ok(corpus.length >= 10);
    corpus.forEach(fuzzCapture);
  });

  it(`the corpus, changed for ${seconds} s`, function () {
    this.timeout(limitMs(seconds + 60));
    const seed = Number(process.env['PMD_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    const { executions, slowestMs } = fuzz(seconds, seed);
    console.log(`      ${executions} files, the slowest ${slowestMs.toFixed(1)} ms, PMD_FUZZ_SEED=${seed}`);
    assert.ok(executions > 0);
  });

  it('no capture at all', () => {
    const magic = fc.constantFrom(
      '',
      'a1b2c3d4',
      '4d3cb2a1',
      'd4c3b2a1',
      '0a0d0d0a',
      '0a0d0d0a1c0000004d3c2b1a01000000',
    );
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 300 }), (hex, rest) => {
        fuzzCapture(Buffer.concat([Buffer.from(hex, 'hex'), rest]));
      }),
      { numRuns: 2000 },
    );
  });
});
