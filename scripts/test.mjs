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

/** Adds up what the programs that ctest ran counted, and counts one that died before it could. */
function countCtest(output) {
  const counts = countLines(output.replaceAll(/^\d+: /gm, ''));
  const failedPrograms = Number(output.match(/(\d+) tests failed out of/)?.[1] ?? 0);
  counts.failed = Math.max(counts.failed, failedPrograms);
  return counts;
}

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

/** Adds up what mocha's spec reporter ends with, once for each run of it. */
function countMocha(output) {
  const sum = (word) =>
    [...output.matchAll(new RegExp(`^ {2}(\\d+) ${word}`, 'gm'))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
  return { passed: sum('passing'), failed: sum('failing'), skipped: sum('pending') };
}

function countBoth(output) {
  const [lines, mocha] = [countLines(output), countMocha(output)];
  return {
    passed: lines.passed + mocha.passed,
    failed: lines.failed + mocha.failed,
    skipped: lines.skipped + mocha.skipped,
  };
}

const node = (...args) => [process.execPath, args];
const mocha = (...directories) =>
  node(
    'node_modules/mocha/bin/mocha.js',
    ...directories.map((directory) => `test/${directory}/**/*.test.ts`),
  );
const conformance = (bus) => [
  'build-core/test/conformance',
  [`--bus=${bus}`, '--json', `build-core/${bus}.json`],
];
const cxxFiles = "git ls-files 'native/**' 'test/**' 'bench/**' | grep -E '\\.(h|cc)$'";

/** A step is one command; `count` reads its output, and without it the step is one test. */
const steps = [
  { name: 'biome', run: [bin('biome'), ['check', '.']] },
  {
    name: 'clang-format',
    run: ['sh', ['-c', `${cxxFiles} | xargs node_modules/.bin/clang-format --dry-run --Werror`]],
  },
  { name: 'types', run: [bin('tsc'), ['--noEmit']] },
  { name: 'addon', run: node('scripts/build-native.mjs'), quiet: true },
  { name: 'dist', run: [bin('tsc'), ['-p', 'tsconfig.build.json']] },
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
    count: countCtest,
    quiet: true,
  },
  {
    name: 'sanitized',
    run: [
      'sh',
      [
        '-c',
        `cmake -S . -B build-asan -G Ninja -DPMD_SANITIZE=address,undefined && cmake --build build-asan --target fuzz-replay -j ${jobs}`,
      ],
    ],
    quiet: true,
  },
  {
    name: 'fuzz-replay',
    run: ['ctest', ['--test-dir', 'build-asan', '--verbose', '-L', 'fuzz']],
    count: countCtest,
    quiet: true,
  },
  { name: 'unit', run: mocha('unit', 'measure', 'documents', 'pcap', 'cli', 'examples'), count: countMocha },
  { name: 'lifetime', run: mocha('lifetime'), count: countMocha },
  { name: 'faults', run: mocha('faults'), count: countMocha },
  { name: 'bench', run: mocha('bench'), count: countMocha },
  { name: 'package', run: mocha('package'), count: countMocha },
  { name: 'traffic', run: mocha('traffic'), count: countMocha },
  { name: 'emulation', run: conformance('emulation'), count: countLines },
  { name: 'lab', run: mocha('lab'), count: countMocha },
  { name: 'qtest', run: conformance('qtest'), count: countLines },
  {
    name: 'qtest-traffic',
    run: ['build-core/test/traffic', ['--bus=qtest', '--frames=1000000', '--seconds=120']],
  },
  { name: 'guest', run: node('--import', 'tsx', 'test/guest/run.ts'), count: countBoth },
  {
    name: 'agreement',
    run: node(
      'test/conformance/table.mjs',
      'build-core/emulation.json',
      'build-core/qtest.json',
      'build-guest/results/vfio.json',
    ),
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
