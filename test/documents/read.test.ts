import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DocumentError, readResults } from '../../src/documents/read-results.ts';
import type { Results } from '../../src/results/results.ts';
import { makeSamples } from '../report/support/documents.ts';

describe('results that are read', () => {
  let directory = '';
  let results: Results;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pmd-read-'));
    results = (await makeSamples()).latency.results;
  });
  after(() => rmSync(directory, { recursive: true }));

  function file(text: string): string {
    const path = join(directory, 'a.json');
    writeFileSync(path, text);
    return path;
  }

  it('are the documents of --json, and of the last line of --ndjson', async () => {
    const line = JSON.stringify({ schema: results.schema, interval: results.intervals[0] });
    for (const text of [JSON.stringify(results, null, 2), `${line}\n${JSON.stringify(results)}\n`]) {
      const [read] = await readResults([file(text)]);
      assert.deepEqual(read!.results, results);
    }
  });

  it('may have fields of a later version', async () => {
    const later = { ...results, weather: 'fine', environment: { ...results.environment, moon: 1 } };
    const [read] = await readResults([file(JSON.stringify(later))]);
    assert.equal(read!.results.command, 'latency');
  });

  const wrong: [what: string, text: () => string, says: RegExp][] = [
    ['no JSON', () => '{"a":', /a\.json is not JSON: [^\n]+$/],
    ['an empty file', () => '', /a\.json is not JSON/],
    [
      'another document',
      () => '[]',
      /a\.json is no result of pmd-bench \(--json\): the document must be object/,
    ],
    [
      'another schema',
      () => JSON.stringify({ ...results, schema: 'pmd-bench/2' }),
      /a\.json is of the schema "pmd-bench\/2": this reads "pmd-bench\/1"$/,
    ],
    [
      'a field of another type',
      () => JSON.stringify({ ...results, ports: [{ ...results.ports[0], rxPackets: 'many' }] }),
      /a\.json is no result .*: \/ports\/0\/rxPackets must be integer$/,
    ],
    [
      'a number that is none',
      () =>
        JSON.stringify({ ...results, durationSeconds: 7 }).replace(
          '"durationSeconds":7',
          '"durationSeconds":1e999',
        ),
      /a\.json is no result .*: \/durationSeconds is beyond 1000000000000000000$/,
    ],
    [
      'a negative count',
      () => JSON.stringify({ ...results, cyclesPerPacket: -1 }),
      /a\.json is no result .*: \/cyclesPerPacket is negative$/,
    ],
    [
      'lists without end',
      () =>
        JSON.stringify({ ...results, weather: 7 }).replace(
          '"weather":7',
          `"weather":${'['.repeat(1e5)}${']'.repeat(1e5)}`,
        ),
      /a\.json is no result .* is nested more than 64 deep$/,
    ],
    [
      'sizes of bursts that are none',
      () => JSON.stringify({ ...results, burstSizes: { many: 1 } }),
      /a\.json is no result .*: \/burstSizes has a key that is no number of packets$/,
    ],
    [
      'a field too few',
      () => JSON.stringify({ ...results, gc: undefined }),
      /a\.json is no result .*: the document must have required property 'gc'$/,
    ],
  ];
  for (const [what, text, says] of wrong)
    it(`are refused in a line: ${what}`, async () => {
      await assert.rejects(readResults([file(text())]), (error) => {
        assert.ok(error instanceof DocumentError);
        assert.match(error.message, says);
        return true;
      });
    });

  it('are refused when there is no such file', async () => {
    await assert.rejects(readResults([join(directory, 'none.json')]), /none\.json can't be read: ENOENT/);
  });
});
