import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runChecker } from './support/checker.ts';
import { cppBlocks } from './support/cpp-blocks.ts';

const mostFileLines = 400;
const mostFunctionLines = 60;

/** Functions whose callback is a suite of tests, and no function in the sense of the limit. */
const suites = /\b(describe(\.\w+)?|guestSuite|needsGuest)\(/;

function trackedFiles(...patterns: string[]): string[] {
  const listing = execFileSync('git', ['ls-files', ...patterns], { cwd: root, encoding: 'utf8' });
  return listing
    .trim()
    .split('\n')
    .filter((file) => existsSync(join(root, file)));
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Diagnostic {
  message: string;
  location: { path: string; start: { line: number; column: number } };
}

/** What Biome finds in folders, by the limit in biome.json. */
function longFunctions(folders: string[]): Diagnostic[] {
  const rule = 'complexity/noExcessiveLinesPerFunction';
  const options = ['lint', `--only=${rule}`, '--max-diagnostics=none', '--reporter=json'];
  const found = runChecker('@biomejs/biome/bin/biome', [...options, ...folders]);
  const { diagnostics } = found as { diagnostics: (Diagnostic & { category: string })[] };
  return diagnostics.filter(({ category }) => category === `lint/${rule}`);
}

function isSuite({ location: { path, start } }: Diagnostic): boolean {
  const line = read(path).split('\n')[start.line - 1]!;
  return suites.test(line.slice(0, start.column - 1));
}

describe('sizes', () => {
  it(`has no file of more than ${mostFileLines} lines`, () => {
    const files = trackedFiles('*.ts', '*.mjs', '*.h', '*.cc');
    const sizes = files.map((file) => ({ file, lines: read(file).split('\n').length - 1 }));
    assert.ok(files.length > 500);
    assert.deepEqual(
      sizes.filter(({ lines }) => lines > mostFileLines),
      [],
    );
  });

  it(`has no function of more than ${mostFunctionLines} lines in TypeScript, suites of tests apart`, () => {
    const found = longFunctions(['src', 'test', 'bench', 'examples', 'scripts']);
    assert.ok(found.some(isSuite), 'a suite is longer, and found');
    const wrong = found.filter((diagnostic) => !isSuite(diagnostic));
    assert.deepEqual(
      wrong.map(({ location: { path, start }, message }) => `${path}:${start.line}: ${message}`),
      [],
    );
  });

  it(`has no function of more than ${mostFunctionLines} lines in C++`, () => {
    const files = trackedFiles('*.h', '*.cc');
    const blocks = files.flatMap((file) => cppBlocks(read(file)).map((block) => ({ file, ...block })));
    assert.ok(blocks.length > 1500, `${blocks.length} functions are found`);
    assert.deepEqual(
      blocks.filter(({ lines }) => lines > mostFunctionLines),
      [],
    );
  });

  it('finds functions of C++ by their braces, whatever else has some', () => {
    const source = [
      '#define OPEN {',
      'namespace pmd {',
      "constexpr int kTable[] = {1, 2'000};",
      'struct Port {',
      '  Port() : a_{1},',
      '           b_(2) {',
      '    if (a_) {',
      `      Say("{", '{', R"({)");  // {`,
      '    }',
      '  }',
      '};',
      'int One() { return 1; }',
      '}  // namespace pmd',
    ].join('\n');
    const found = cppBlocks(source).filter(({ line }) => line !== 5); // a value of a constructor counts, and is short
    assert.deepEqual(found, [
      { line: 6, lines: 5 },
      { line: 12, lines: 1 },
    ]);
    assert.throws(() => cppBlocks('void f() {'), /line 1 opens/);
  });
});
