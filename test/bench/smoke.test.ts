import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { limitMs } from '../support/limits.ts';

const root = join(import.meta.dirname, '../..');

interface Document {
  results: {
    comparison: string;
    figures: { name: string; value: { median: number; low: number; high: number } | null; note?: string }[];
  }[];
}

function runBench(...args: string[]): Document {
  const output = execFileSync(
    process.execPath,
    ['--import', 'tsx', 'bench/main.ts', '--smoke', '--json', ...args],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 64 << 20 },
  );
  return JSON.parse(output) as Document;
}

describe('npm run bench', () => {
  it('runs every comparison, and each figure is a number or says why it is none', function () {
    this.timeout(limitMs(1200));
    const { results } = runBench();
    for (const { comparison, figures } of results) {
      assert.ok(figures.length > 0, comparison);
      for (const { name, value, note } of figures) {
        if (value === null)
          assert.ok(note !== undefined && note.length > 0, `${comparison}: ${name} says why`);
        else
          assert.ok([value.median, value.low, value.high].every(Number.isFinite), `${comparison}: ${name}`);
      }
    }
  });
});
