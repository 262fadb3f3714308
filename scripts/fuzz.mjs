// Builds the fuzz targets with clang and libFuzzer (Debian: clang-14, libclang-rt-14-dev), and runs each for a while from
// its committed corpus. Ends with the counts; an input that breaks something is left in build-fuzz/findings.
//
//   node scripts/fuzz.mjs [--seconds N] [--only TARGET,…] [--merge]
//
// --merge adds to the committed corpora what was found to reach new code, minimised.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scaled } from './scale.mjs';

const root = join(import.meta.dirname, '..');
const build = join(root, 'build-fuzz');
const corpora = join(root, 'test/fuzz/corpus');
const findings = join(build, 'findings');
const maxLength = 1024;
/** What is committed is short, so that all of it is small, and replayed in a moment. */
const committedLength = 256;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    only: { type: 'string' },
    merge: { type: 'boolean', default: false },
  },
});
const seconds = values.seconds ?? scaled('seconds for each target', 6);
const targets = values.only?.split(',') ?? readdirSync(corpora).sort();

function run(command, args) {
  return spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
}

/** The newest clang++ there is, or nothing. */
function findClang() {
  const names = ['clang++', ...[19, 18, 17, 16, 15, 14].map((version) => `clang++-${version}`)];
  return names.find((name) => run(name, ['--version']).status === 0);
}

function compile(clang) {
  const options = ['-DPMD_FUZZ=ON', '-DPMD_SANITIZE=address,undefined', `-DCMAKE_CXX_COMPILER=${clang}`];
  for (const args of [
    ['-S', '.', '-B', build, '-G', 'Ninja', ...options],
    ['--build', build, '--target', 'fuzz', '-j', `${availableParallelism()}`],
  ]) {
    const { status, stdout, stderr } = run('cmake', args);
    if (status === 0) continue;
    process.stderr.write(`${stdout}${stderr}`);
    process.exit(1);
  }
}

function fuzz(target) {
  const program = join(build, 'test/fuzz', `fuzz-${target}`);
  const committed = join(corpora, target);
  const grown = join(build, 'corpus', target);
  mkdirSync(grown, { recursive: true });
  mkdirSync(findings, { recursive: true });
  const { status, stderr } = run(program, [
    `-max_total_time=${seconds}`,
    `-max_len=${maxLength}`,
    '-len_control=0',
    '-print_final_stats=1',
    `-artifact_prefix=${findings}/${target}-`,
    grown,
    committed,
  ]);
  const runs = /number_of_executed_units: (\d+)/.exec(stderr)?.[1] ?? '?';
  console.log(`${target.padEnd(14)}${runs} runs in ${seconds} s: ${status === 0 ? 'ok' : 'FAILED'}`);
  if (status !== 0) console.log(stderr.split('\n').slice(-60).join('\n'));
  if (status === 0 && values.merge) merge(program, [committed, grown], committed);
  return status === 0;
}

function merge(program, from, committed) {
  const minimised = `${committed}.new`;
  mkdirSync(minimised);
  const options = ['-set_cover_merge=1', `-max_len=${committedLength}`];
  const { status, stderr } = run(program, [...options, minimised, ...from]);
  if (status !== 0) throw new Error(stderr);
  // Those with a name were written by hand, each for a bug.
  for (const name of readdirSync(committed).filter((file) => !/^[0-9a-f]{40}$/.test(file))) {
    renameSync(join(committed, name), join(minimised, name));
  }
  rmSync(committed, { recursive: true });
  renameSync(minimised, committed);
}

const clang = findClang();
if (clang === undefined) {
  console.log('no clang here: the targets are not fuzzed, only their corpora replayed (ctest -L fuzz)');
  console.log(`0 passed, 0 failed, ${targets.length} skipped`);
  process.exit(0);
}
compile(clang);
const good = targets.filter((target) => {
  if (!existsSync(join(build, 'test/fuzz', `fuzz-${target}`))) throw new Error(`no target ${target}`);
  return fuzz(target);
});
console.log(`${good.length} passed, ${targets.length - good.length} failed`);
process.exitCode = good.length === targets.length ? 0 : 1;
