// Calls the public API at random, in processes of their own, until the time is up: hostile values, calls within calls, moved memory,
// jobs of Node's thread pool, scripts whose time is up, workers that end. No process may end by a signal or hang, no error may be
// another than a PmdError, and no buffer may be lost. What fails is made as short as possible and left in build-fuzz/api.
//
//   node test/fuzz-api/main.mjs [--seconds N] [--seed N] [--calls N] [--node PATH] [--dist FILE] [--replay FILE]
//
// --seed: the first one; each process has the next. --calls: of each process. --node: with another node than this one. --replay:
// only the program in that file, as it was left by a run that failed.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scaled } from '../../scripts/scale.mjs';
import { minimise } from './minimise.mjs';
import { operations } from './operations.mjs';
import { programOf, runProgram } from './program.mjs';

const root = join(import.meta.dirname, '../..');
const findings = join(root, 'build-fuzz/api');
const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    seed: { type: 'string' },
    calls: { type: 'string', default: '2000' },
    node: { type: 'string', default: process.execPath },
    dist: { type: 'string', default: join(root, 'dist/index.js') },
    replay: { type: 'string' },
  },
});
const slowness = Number(process.env.PMD_SLOWNESS ?? 1);
/** Many times what a process takes. */
const options = { node: values.node, dist: values.dist, limitMs: 120_000 * slowness };

/** Shortens a program that fails, and leaves it where it can be run again. What fails now and then gets a second chance. */
async function report(name, program, { faults }) {
  console.log(`\n--- ${name} fails:\n${faults.slice(0, 3).join('\n')}`);
  const fails = async (calls) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const { faults } = await runProgram({ ...program, calls }, options);
      if (faults.length > 0) return true;
    }
    return false;
  };
  const calls = await minimise(program.calls, fails, 60);
  mkdirSync(findings, { recursive: true });
  const file = join(findings, `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...program, calls }));
  const names = calls.slice(0, 30).map(({ name }) => name);
  console.log(`${calls.length} of ${program.calls.length} calls: ${names.join(', ')}`);
  console.log(`to run them again: node test/fuzz-api/main.mjs --replay ${file}`);
}

const total = { passed: 0, failed: 0, calls: 0, effects: {} };

async function judge(program) {
  const result = await runProgram(program, options);
  total.calls += result.calls;
  for (const [what, count] of Object.entries(result.effects))
    total.effects[what] = (total.effects[what] ?? 0) + count;
  if (result.faults.length === 0) total.passed++;
  else total.failed++;
  return result;
}

async function replay(file) {
  const { faults } = await judge(JSON.parse(readFileSync(file, 'utf8')));
  if (faults.length > 0) console.log(faults.join('\n'));
}

async function search() {
  const seconds = Number(values.seconds ?? scaled('seconds of random calls', 60, { long: 1800 }));
  const names = Object.keys(operations);
  // The usual run has the same calls each time; the full run looks for others.
  let seed = Number(values.seed ?? (process.env.PMD_FULL ? Math.floor(Math.random() * 2 ** 31) : 1));
  console.log(`seeds from ${seed} on, for ${seconds} s`);
  const end = performance.now() + seconds * 1000;
  const work = async () => {
    while (performance.now() < end && total.failed === 0) {
      const mine = seed++;
      const program = programOf(mine, names, Number(values.calls));
      const result = await judge(program);
      if (result.faults.length > 0) await report(`seed-${mine}`, program, result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
}

if (values.replay === undefined) await search();
else await replay(values.replay);
for (const [what, count] of Object.entries(total.effects)) console.log(`${what.padEnd(20)}${count}`);
console.log(`${total.calls} calls in ${total.passed + total.failed} processes`);
console.log(`${total.passed} passed, ${total.failed} failed, 0 skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
