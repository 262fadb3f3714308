import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { ResultDocument } from '../../src/documents/read-results.ts';
import { Random } from '../pcap/support/mutate.ts';
import { makeSamples } from '../report/support/documents.ts';
import { limitMs } from '../support/limits.ts';
import { scaled } from '../support/scale.ts';
import { type Change, changed } from './mutations.ts';
import { tryDocument } from './target.ts';

const seconds = scaled('seconds of changed result documents', 60, { long: 1800 });
const mostChanges = 6;
const withSeed = (seed: number) => new Random(seed);

describe('result documents of any contents', () => {
  let good: ResultDocument[];
  let directory: string;
  const file = () => join(directory, 'hostile.json');

  before(async function () {
    this.timeout(limitMs(120));
    directory = mkdtempSync(join(tmpdir(), 'pmd-documents-'));
    good = Object.values(await makeSamples());
  });
  after(() => rmSync(directory, { recursive: true }));

  it('are read as they were written', async () => {
    for (const one of good)
      assert.equal(await tryDocument(file(), changed(one.results, [], withSeed), one), 'shown');
  });

  it(`come to a line or to a page, changed for ${seconds} s`, async function () {
    this.timeout(limitMs(seconds + 120));
    // The usual run has the same documents each time; the full run looks for others.
    const usual = process.env['PMD_FULL'] ? Date.now() % 2 ** 31 : 1;
    const seed = Number(process.env['PMD_FUZZ_SEED'] ?? usual);
    console.log(`      PMD_FUZZ_SEED=${seed}`);
    const random = new Random(seed);
    const fates = { refused: 0, shown: 0 };
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      const one = random.pick(good);
      const changes = Array.from({ length: 1 + random.below(mostChanges) }, () => random.below(2 ** 31));
      const fault = await faultOf(one, changes, fates);
      if (fault !== undefined) throw await smallest(one, changes, fault);
    }
    console.log(`      ${fates.refused} documents refused, ${fates.shown} shown`);
    assert.ok(fates.refused > 0 && fates.shown > 0);
  });

  async function faultOf(
    one: ResultDocument,
    changes: readonly Change[],
    fates = { refused: 0, shown: 0 },
  ): Promise<unknown> {
    try {
      fates[await tryDocument(file(), changed(one.results, changes, withSeed), one)]++;
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Leaves out every change that the fault does not need. */
  async function smallest(one: ResultDocument, all: readonly Change[], fault: unknown): Promise<Error> {
    let [changes, cause] = [all, fault];
    for (let i = 0; i < changes.length; ) {
      const fewer = changes.filter((_, at) => at !== i);
      const still = await faultOf(one, fewer);
      if (still === undefined) i++;
      else [changes, cause] = [fewer, still];
    }
    const text = changed(one.results, changes, withSeed);
    const kept = join(tmpdir(), `pmd-document-${process.pid}.json`);
    writeFileSync(kept, text);
    return new Error(`${one.file} with the changes ${changes.join(', ')}: ${kept}`, { cause });
  }
});
