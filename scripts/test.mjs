// Everything that must hold: form, builds, native tests, TypeScript tests, the device models, the guest. Runs all of it
// whatever fails, and ends with what was skipped and the counts. The parts are in scripts/test/.
//
//   node scripts/test.mjs [--only NAME,…] [--changed] [--full] [--list]
//
// --changed: only the steps that notice what differs from the branch main, and what those need.
// --full: the long forms, and the steps that are long themselves. It sets PMD_SCALE=10 and PMD_FULL=1 where they are not set.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withBuilds } from './test/builds.mjs';
import { line, sum } from './test/counts.mjs';
import { endAll, execute } from './test/execute.mjs';
import { schedule } from './test/schedule.mjs';
import { publishSlowness } from './test/slowness.mjs';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    changed: { type: 'boolean' },
    full: { type: 'boolean' },
    list: { type: 'boolean' },
  },
});

function setLongForms() {
  const settings = { PMD_SCALE: '10', PMD_FULL: '1' };
  for (const [name, value] of Object.entries(settings)) {
    process.env[name] ??= value;
    console.log(`${name}=${process.env[name]}`);
  }
}

/** The steps that were asked for. */
async function choose(steps) {
  const known = steps.filter(({ full }) => values.full || !full);
  if (values.changed) {
    const { changedFiles, stepsFor } = await import('./test/changed.mjs');
    const files = changedFiles();
    const chosen = stepsFor(files, known);
    console.log(
      `${files.length} files changed: ${chosen.map(({ name }) => name).join(', ') || 'nothing to run'}`,
    );
    return chosen;
  }
  if (values.only === undefined) return known;
  const names = values.only.split(',');
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) throw new Error(`no step ${unknown.join(', ')}: see --list`);
  return steps.filter(({ name }) => names.includes(name));
}

/** Runs the steps. The output of one that is alone is shown as it comes, and that of several when each has ended. */
async function run(steps) {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]) {
    process.once(signal, () => endAll().then(() => process.exit(status)));
  }
  const isLive = steps.length === 1 && !steps[0].quiet;
  const runStep = async (step) => {
    console.log(`\n=== ${step.name} begins`);
    const row = await execute(step, { cwd: root, show: (text) => isLive && process.stdout.write(text) });
    const isShown = !isLive && (!step.quiet || row.counts.failed > 0);
    console.log(`\n=== ${step.name}, ${row.seconds} s${isShown ? `\n${row.output}` : ''}`);
    if (row.problem !== undefined) console.log(`=== ${step.name} ${row.problem}`);
    return row;
  };
  return await schedule(steps, withBuilds(runStep));
}

function list(what, rows) {
  const names = rows.flatMap((row) => row[what].map((name) => `${row.step}: ${name}`));
  if (names.length > 0) console.log(`\n=== ${what}\n${names.join('\n')}`);
}

function summarise(rows, seconds) {
  console.log(`\n=== summary, ${seconds.toFixed(0)} s`);
  for (const { step, counts, seconds } of rows)
    console.log(`${step.padEnd(14)}${line(counts)}, ${seconds} s`);
  for (const what of ['skipped', 'failed']) list(what, rows);
  const total = sum(rows.map(({ counts }) => counts));
  console.log(`\n${line(total)}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

async function main() {
  if (values.full) setLongForms();
  if (!values.list) await publishSlowness();
  const { steps } = await import('./test/steps.mjs'); // which reads PMD_SCALE and PMD_SLOWNESS
  if (values.list) return console.log(steps.map(({ name }) => name).join('\n'));
  const begin = performance.now();
  const rows = await run(await choose(steps));
  summarise(rows, (performance.now() - begin) / 1000);
}

if (!existsSync(join(root, 'node_modules'))) {
  console.error('node_modules is missing: run `npm ci` first');
  process.exit(1);
}
await main();
