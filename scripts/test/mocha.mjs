// Runs test files with mocha, all in one process for as long as that lives: what it dies in has failed, and the files after that
// go on in another. Ends with the skipped tests and the counts.
//
//   node scripts/test/mocha.mjs FILE|DIRECTORY… [!FILE…] [-- mocha's options]
//
// !FILE: not that one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { line, noCounts, sum } from './counts.mjs';
import { endMarked, newMark, withMark } from './processes.mjs';
import { limitSeconds } from './slowness.mjs';

const root = join(import.meta.dirname, '../..');
const mochaProgram = join(root, 'node_modules/mocha/lib/cli/cli.js');
const reporter = join(import.meta.dirname, 'reporter.mjs');
/** Loaders and compilers take a second for every few files. */
const loadingMs = 1000 * limitSeconds(600);
/** Between two tests, and from the last one to the end of the process. */
const betweenMs = 1000 * limitSeconds(Number(process.env.PMD_TEST_BETWEEN_SECONDS ?? 60));
const graceMs = 1000 * limitSeconds(5);
/** Files that take longer are told of. */
const longMs = 2000;

/** The test files in a directory and below, or the file itself. */
function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => /\.test\.[jt]s$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

/** The test files of all these, without those after a "!". */
export function testFiles(paths) {
  const without = paths.filter((path) => path.startsWith('!')).map((path) => path.slice(1));
  return paths
    .filter((path) => !path.startsWith('!'))
    .flatMap(filesOf)
    .filter((file) => !without.includes(file));
}

/** What a process tells of its tests, and a limit for whatever keeps it from telling more. */
class Progress {
  outcomes = new Map();
  file;
  title = 'loading its files';
  isDone = false;
  hung = false;
  /** Of each file, in milliseconds. */
  times = new Map();
  #lastMs = performance.now();
  #timer;
  #kill;

  constructor(kill) {
    this.#kill = kill;
    this.#expect(loadingMs);
  }

  /** Mocha's own limits end what waits. They can't end what keeps the process from its event loop: for that, this has more time. */
  #expect(ms) {
    clearTimeout(this.#timer);
    if (!(ms > 0)) return;
    this.#timer = setTimeout(() => {
      this.hung = true;
      this.#kill();
    }, ms);
  }

  /** Loading all files is the first one's time. */
  #countTime() {
    const nowMs = performance.now();
    if (this.file !== undefined) {
      this.times.set(this.file, (this.times.get(this.file) ?? 0) + nowMs - this.#lastMs);
      this.#lastMs = nowMs;
    }
  }

  take(event) {
    this.#countTime();
    if (event.event === 'begin') {
      this.file = event.file ?? this.file;
      this.title = event.title;
    }
    if (event.event === 'begin' || event.event === 'limit') {
      this.#expect(event.limitMs > 0 && 2 * event.limitMs + betweenMs);
    } else this.#expect(betweenMs);
    if (event.event === 'end' && this.outcomes.get(event.id)?.outcome !== 'failed') {
      this.outcomes.set(event.id, event);
    }
    if (event.event === 'done') this.isDone = true;
  }

  end() {
    clearTimeout(this.#timer);
  }

  counts() {
    const counts = noCounts();
    for (const { outcome } of this.outcomes.values()) counts[outcome]++;
    return counts;
  }

  /** The outcomes of that kind. */
  those(kind) {
    return [...this.outcomes.values()].filter(({ outcome }) => outcome === kind);
  }
}

function nodeOptions(files) {
  return [...(files.some((file) => file.endsWith('.ts')) ? ['--import=tsx'] : []), '--expose-gc'];
}

/** Runs one process; returns what it told and how it ended. */
async function runProcess(files, options) {
  const mark = newMark();
  const args = [...nodeOptions(files), mochaProgram, '--reporter', reporter, ...options, ...files];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: withMark(mark),
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const progress = new Progress(() => child.kill('SIGKILL'));
  const told = createInterface(child.stdio[3]).on('line', (text) => progress.take(JSON.parse(text)));
  const toldAll = once(told, 'close');
  const [code, signal] = await once(child, 'exit');
  progress.end();
  // A process that this one has left may hold the descriptor, whose end comes when that has ended.
  const left = await endMarked(mark, signal === null ? graceMs : 0);
  await Promise.race([toldAll, delay(graceMs, undefined, { ref: false })]);
  child.stdio[3].destroy();
  return { progress, code, signal, left };
}

/** What is wrong with how a process ended, in words. */
function complaints({ progress, code, signal, left }) {
  const end = progress.hung
    ? 'hung, and was killed'
    : signal !== null
      ? `was ended by ${signal}`
      : `exited with ${code}`;
  if (!progress.isDone) return [`mocha ${end} in: ${progress.title}`];
  const failures = progress.counts().failed;
  return [
    ...left.map(({ pid, command }) => `its tests have left a process: ${pid} ${command}`),
    ...(signal !== null || (code !== 0 && failures === 0) ? [`mocha ${end} after its last test`] : []),
  ];
}

/**
 * What to run after a process has died: the files after the one that it died in; or, when it had none begun, each file alone, so that
 * only the one that is the reason fails.
 */
function partsAfter(files, { isDone, file }) {
  if (isDone) return [];
  if (file === undefined) return files.length > 1 ? files.map((one) => [one]) : [];
  const rest = files.slice(files.findIndex((one) => resolve(root, one) === file) + 1);
  return rest.length > 0 ? [rest] : [];
}

/**
 * Runs the files, and says what is wrong as it goes. Returns the counts, what failed and why, the titles of what was skipped, and how
 * long each file took.
 */
export async function runFiles(files, options) {
  const run = await runProcess(files, options);
  const { progress } = run;
  const parts = partsAfter(files, progress);
  const wrong = complaints(run);
  for (const text of wrong) console.log(`\n${text}`);
  const isKnown = progress.isDone || progress.file !== undefined || parts.length === 0;
  const own = sum([progress.counts(), { ...noCounts(), failed: isKnown ? wrong.length : 0 }]);
  const failed = progress.those('failed').map(({ title, message }) => `${title} [${message}]`);
  const skipped = progress.those('skipped').map(({ title }) => title);
  const results = [{ counts: own, failed: [...failed, ...wrong], skipped, times: [...progress.times] }];
  for (const some of parts) results.push(await runFiles(some, options));
  return {
    times: results.flatMap((result) => result.times),
    counts: sum(results.map(({ counts }) => counts)),
    failed: results.flatMap((result) => result.failed),
    skipped: results.flatMap((result) => result.skipped),
  };
}

/** What a run's time goes to. */
function sayTimes(times) {
  const long = times.filter(([, ms]) => ms > longMs).sort(([, a], [, b]) => b - a);
  for (const [file, ms] of long)
    console.log(`${(ms / 1000).toFixed(1).padStart(7)} s  ${relative(root, file)}`);
}

async function main(args) {
  const end = args.indexOf('--');
  const [paths, options] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const { counts, failed, skipped, times } = await runFiles(testFiles(paths), options);
  sayTimes(times);
  for (const title of skipped) console.log(`skipped: ${title}`);
  for (const title of skipped.filter((one) => !/\[.+\]/.test(one))) {
    failed.push(`a test was skipped without a reason, in brackets in its title: ${title}`);
    counts.failed++;
  }
  for (const text of failed) console.log(`failed: ${text}`);
  console.log(line(counts));
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
