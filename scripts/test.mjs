// Everything that must hold, in the order in which a failure says most: form, builds, native tests, TypeScript tests,
// the device models, the guest. Runs all of it whatever fails, and ends with the counts.
//
//   node scripts/test.mjs [--only NAME,…] [--list]
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules/.bin', name);
const jobs = `${availableParallelism()}`;

/** Adds up `N passed, N failed[, N skipped]` lines. */
function countLines(output) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, skipped] of output.matchAll(
    /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm,
  )) {
    totals.passed += Number(passed);
    totals.failed += Number(failed);
    totals.skipped += Number(skipped ?? 0);
  }
  return totals;
}

/** Adds up what mocha's spec reporter ends with. */
function countMocha(output) {
  const last = (word) =>
    Number([...output.matchAll(new RegExp(`^ {2}(\\d+) ${word}`, 'gm'))].at(-1)?.[1] ?? 0);
  return { passed: last('passing'), failed: last('failing'), skipped: last('pending') };
}

const mocha = (...files) => [process.execPath, [join(root, 'node_modules/mocha/bin/mocha.js'), ...files]];

/** A step is one command; `count` reads its output, and without it the step is one test. */
const steps = [
  { name: 'format', run: [bin('biome'), ['check', '.']] },
  {
    name: 'clang-format',
    run: [
      'sh',
      [
        '-c',
        "git ls-files 'native/**' 'test/**' | grep -E '\\.(h|cc)$' | xargs node_modules/.bin/clang-format --dry-run --Werror",
      ],
    ],
  },
  { name: 'types', run: [bin('tsc'), ['--noEmit']] },
  { name: 'addon', run: [process.execPath, ['scripts/build-native.mjs']], quiet: true },
  { name: 'package', run: [bin('tsc'), ['-p', 'tsconfig.build.json']] },
  { name: 'docs', run: [bin('typedoc'), ['--treatWarningsAsErrors', '--logLevel', 'Warn']] },
  {
    name: 'cmake',
    run: ['cmake', ['-S', '.', '-B', 'build-core', '-G', 'Ninja', '-DCMAKE_CXX_FLAGS=-Werror']],
    quiet: true,
  },
  { name: 'core', run: ['cmake', ['--build', 'build-core', '-j', jobs]], quiet: true },
  {
    name: 'native',
    run: ['ctest', ['--test-dir', 'build-core', '--verbose', '-L', 'unit']],
    count: countLines,
    quiet: true,
  },
  {
    name: 'unit',
    run: mocha(
      'test/unit/**/*.test.ts',
      'test/lifetime/**/*.test.ts',
      'test/cli/**/*.test.ts',
      'test/examples/**/*.test.ts',
    ),
    count: countMocha,
  },
  { name: 'package', run: mocha('test/package/**/*.test.ts'), count: countMocha },
  { name: 'traffic', run: mocha('test/traffic/**/*.test.ts'), count: countMocha },
  { name: 'lab', run: mocha('test/lab/**/*.test.ts'), count: countMocha },
  {
    name: 'conformance',
    run: mocha('test/conformance/**/*.test.ts', 'test/guest/**/*.test.ts'),
    count: countMocha,
  },
];

/** Runs a step's command; its output is shown, or kept back until it turns out to matter. */
function execute({ run: [command, args], quiet }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (!quiet) process.stdout.write(chunk);
      });
    }
    child.on('error', (error) => resolve({ ok: false, output: `${output}${error.message}\n` }));
    child.on('close', (status) => resolve({ ok: status === 0, output }));
  });
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean' } } });
  const only = values.only?.split(',');
  const chosen = steps.filter(({ name }) => only === undefined || only.includes(name));
  if (values.list) return console.log(steps.map(({ name }) => name).join('\n'));

  const total = { passed: 0, failed: 0, skipped: 0 };
  const rows = [];
  for (const step of chosen) {
    console.log(`\n=== ${step.name}`);
    const begin = Date.now();
    const { ok, output } = await execute(step);
    if (!ok && step.quiet) console.log(output);
    const counts = step.count?.(output) ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
    // A step that failed without saying what failed, or ran no test at all, has failed all the same.
    if ((!ok && counts.failed === 0) || counts.passed + counts.failed === 0) counts.failed++;
    for (const key of Object.keys(total)) total[key] += counts[key];
    rows.push({ step: step.name, ...counts, seconds: Math.round((Date.now() - begin) / 1000) });
  }
  console.log('\n=== summary');
  for (const { step, passed, failed, skipped, seconds } of rows) {
    console.log(`${step.padEnd(14)}${passed} ok, ${failed} not, ${skipped} skipped, ${seconds} s`);
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

if (!existsSync(join(root, 'node_modules'))) {
  console.error('node_modules is missing: run `npm ci` first');
  process.exit(1);
}
await main();
