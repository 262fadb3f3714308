// Everything that must hold, in the order in which a failure says most: form, builds, native tests, TypeScript tests,
// the device models, the guest. Runs all of it whatever fails, and ends with the counts.
//
//   node scripts/test.mjs [--only NAME,…] [--full] [--list]
//
// --full: the long forms, and the steps that are long themselves. It sets PMD_SCALE=10 and PMD_FULL=1 where they are not set.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { only: { type: 'string' }, full: { type: 'boolean' }, list: { type: 'boolean' } },
});
if (values.full) setLongForms();
const { scaled } = await import('./scale.mjs'); // which reads PMD_SCALE

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
  mochaFiles(directories.map((directory) => `test/${directory}/**/*.test.ts`));
const mochaFiles = (files, ...options) => node('node_modules/mocha/bin/mocha.js', ...files, ...options);
const conformance = (bus) => [
  'build-core/test/conformance',
  [`--bus=${bus}`, '--json', `build-core/${bus}.json`],
];
const cxxFiles = "git ls-files 'native/**' 'test/**' 'bench/**' | grep -E '\\.(h|cc)$'";

/**
 * Under ASan run those of the TypeScript suites that load the addon here. The guest has one of its own, and so has a package. The
 * factors are of PMD_SCALE, which is 10 in the full run: what looks for leaks is done as often as without sanitizers.
 */
const sanitizedSuites = [
  ...['unit@0.1', 'faults@0.1', 'traffic@0.001', 'measure@0.1', 'cli@0.1', 'documents@0.1', 'examples@0.1'],
  ...['lifetime/after-close.test.ts', 'lifetime/cycles.test.ts', 'lifetime/exit.test.ts'],
];
/** Those of pmd-bench's tests that can prove nothing while the machine does something else. */
const measuring = ['latency', 'rate', 'throughput'].map((name) => `test/cli/${name}.test.ts`);
const threadedSuites = [
  ...['unit@0.1', 'lifetime/after-close.test.ts@0.1', 'lifetime/cycles.test.ts@0.1'],
  'faults/sequences.test.ts@0.03',
];
/** QEMU's igb is slow: the full run has other ways to find what is rare. */
const qtestFrames = scaled('frames through QEMU', 1_000_000, { long: 1_000_000 });

/**
 * A step is one command; `count` reads its output, and without it the step is one test. Those `beside` the others run one
 * after the other, too, and a step may wait for one of them. What measures wants the machine `alone`. `full` ones are of the full run.
 */
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
    // Guests are emulated one processor each, and take minutes; much of what follows waits more than it computes.
    name: 'guest',
    run: node('--import', 'tsx', 'test/guest/run.ts'),
    count: countBoth,
    beside: true,
  },
  {
    name: 'asan',
    run: node('scripts/sanitize.mjs', 'address', ...sanitizedSuites),
    count: countBoth,
    full: true,
    beside: true,
  },
  {
    name: 'unit',
    run: mocha('unit', 'documents', 'report', 'pcap', 'examples'),
    count: countMocha,
  },
  { name: 'lifetime', run: mocha('lifetime'), count: countMocha },
  { name: 'faults', run: mocha('faults'), count: countMocha },
  { name: 'package', run: mocha('package'), count: countMocha },
  { name: 'emulation', run: conformance('emulation'), count: countLines },
  { name: 'lab', run: mocha('lab'), count: countMocha },
  { name: 'qtest', run: conformance('qtest'), count: countLines },
  {
    name: 'qtest-traffic',
    run: ['build-core/test/traffic', ['--bus=qtest', `--frames=${qtestFrames}`, '--seconds=120']],
  },
  {
    name: 'cli',
    run: mochaFiles(['test/cli/**/*.test.ts'], ...measuring.flatMap((file) => ['--ignore', file])),
    count: countMocha,
  },
  {
    name: 'fuzz',
    run: node('scripts/fuzz.mjs'),
    count: countLines,
    full: true,
  },
  {
    name: 'tsan',
    run: node('scripts/sanitize.mjs', 'thread', ...threadedSuites),
    count: countBoth,
    full: true,
  },
  {
    name: 'agreement',
    after: 'guest',
    run: node(
      'test/conformance/table.mjs',
      'build-core/emulation.json',
      'build-core/qtest.json',
      'build-guest/results/vfio.json',
      'build-guest/results/vfio-6.1.json',
    ),
  },
  { name: 'traffic', run: mocha('traffic'), count: countMocha, alone: true },
  {
    name: 'measure',
    run: mochaFiles(['test/measure/**/*.test.ts', ...measuring]),
    count: countMocha,
    alone: true,
  },
  { name: 'bench', run: mocha('bench'), count: countMocha, alone: true },
];

/** Runs a step's command; its output is shown, or kept back until the step's end, or until it turns out to matter. */
function execute({ run: [command, args], quiet, beside }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (!quiet && !beside) process.stdout.write(chunk);
      });
    }
    child.on('error', (error) => resolve({ ok: false, output: `${output}${error.message}\n` }));
    child.on('close', (status) => resolve({ ok: status === 0, output }));
  });
}

/** Runs a step to its end, and makes a row of the summary of it. */
async function take(step) {
  console.log(`\n=== ${step.name}${step.beside ? ', beside what follows' : ''}`);
  const begin = Date.now();
  const { ok, output } = await execute(step);
  if (step.beside) console.log(`\n=== ${step.name}, from its beginning\n${output}`);
  else if (!ok && step.quiet) console.log(output);
  const counts = step.count?.(output) ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  // A step that failed without saying what failed, or ran no test at all, has failed all the same.
  if ((!ok && counts.failed === 0) || counts.passed + counts.failed === 0) counts.failed++;
  return { step: step.name, ...counts, seconds: Math.round((Date.now() - begin) / 1000) };
}

async function runAll(chosen) {
  const rows = [];
  const beside = new Map();
  let lastBeside = Promise.resolve();
  for (const step of chosen) {
    if (step.beside) {
      lastBeside = lastBeside.then(async () => rows.push(await take(step)));
      beside.set(step.name, lastBeside);
      continue;
    }
    await (step.alone ? lastBeside : beside.get(step.after));
    rows.push(await take(step));
  }
  await lastBeside;
  return rows;
}

function setLongForms() {
  const settings = { PMD_SCALE: '10', PMD_FULL: '1' };
  for (const [name, value] of Object.entries(settings)) {
    process.env[name] ??= value;
    console.log(`${name}=${process.env[name]}`);
  }
}

async function main() {
  if (values.list) return console.log(steps.map(({ name }) => name).join('\n'));
  const only = values.only?.split(',');
  const unknown = only?.filter((name) => !steps.some((step) => step.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`no step ${unknown.join(', ')}: see --list`);
  const rows = await runAll(
    steps.filter(({ name, full }) => (only ? only.includes(name) : values.full || !full)),
  );

  const total = { passed: 0, failed: 0, skipped: 0 };
  console.log('\n=== summary');
  for (const { step, passed, failed, skipped, seconds } of rows) {
    console.log(`${step.padEnd(14)}${passed} ok, ${failed} not, ${skipped} skipped, ${seconds} s`);
    for (const [key, count] of Object.entries({ passed, failed, skipped })) total[key] += count;
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

if (!existsSync(join(root, 'node_modules'))) {
  console.error('node_modules is missing: run `npm ci` first');
  process.exit(1);
}
await main();
