import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { covers, stepsFor } from '../../scripts/test/changed.mjs';
import { testFiles } from '../../scripts/test/mocha.mjs';
import { coversAll, steps } from '../../scripts/test/steps.mjs';

const root = join(import.meta.dirname, '../..');
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');

/** The files of the repository that a TypeScript file imports, and those that they import. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file) || !existsSync(file)) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import\() *'(\.[^']+)'/g)) {
    importsOf(resolve(dirname(file), path!), seen);
  }
  return seen;
}

describe('the steps of npm test', () => {
  it('need steps that come before them', () => {
    const known = new Set<string>();
    for (const { name, needs = [], after = [] } of steps) {
      for (const other of [...needs, ...after]) assert.ok(known.has(other), `${name} needs ${other}`);
      known.add(name);
    }
    assert.equal(known.size, steps.length);
  });

  it('cover places that there are', () => {
    for (const place of [...coversAll, ...steps.flatMap((step) => step.covers)]) {
      assert.ok(
        tracked.some((file) => covers([place], file)),
        place,
      );
    }
  });

  it('cover every file that is code', () => {
    const code = tracked.filter(
      (file) => /\.(ts|mts|mjs|cjs|cc|h|c|sh|gyp|gypi)$/.test(file) || /CMakeLists/.test(file),
    );
    const others = steps.filter(({ covers: places }) => !places.includes(''));
    const missing = code.filter(
      (file) => !covers([...coversAll, ...others.flatMap((step) => step.covers)], file),
    );
    assert.deepEqual(missing, []);
  });

  it('cover all that their tests import', () => {
    for (const { name, run, covers: places } of steps) {
      const [, args] = run as [string, string[]];
      if (!args[0]?.endsWith('scripts/test/mocha.mjs')) continue;
      for (const file of testFiles(args.slice(1).map((path) => path.replace('test/', `${root}/test/`)))) {
        const missing = [...importsOf(file)]
          .map((path) => relative(root, path))
          .filter((path) => !covers([...coversAll, ...places], path));
        assert.deepEqual(
          missing,
          [],
          `scripts/test/steps.mjs: ${name} does not cover what ${relative(root, file)} imports`,
        );
      }
    }
  });

  it('are those of the table in CONTRIBUTING.md', () => {
    const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
    for (const { name, covers: places } of steps) {
      const row = `| \`${name}\` | ${places.map((place) => (place === '' ? 'every file' : `\`${place}\``)).join(' ')} |`;
      assert.ok(text.includes(row), `the row is: ${row}`);
    }
  });
});

describe('npm test -- --changed', () => {
  const names = (...files: string[]) => stepsFor(files, steps).map(({ name }: { name: string }) => name);

  it('runs what notices a change, and what that needs', () => {
    assert.deepEqual(names('LICENSE'), ['addon', 'biome', 'package']);
    assert.ok(['addon', 'types', 'faults'].every((name) => names('test/faults/pf.test.ts').includes(name)));
    assert.ok(!names('test/faults/pf.test.ts').includes('guest'));
  });

  it('runs all when the run itself changes', () => {
    assert.equal(names('scripts/test/steps.mjs').length, steps.length);
  });
});
