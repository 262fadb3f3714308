// Runs the command of one step.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { countLines, ctestFailures, named, noCounts } from './counts.mjs';
import { endMarked, newMark, withMark } from './processes.mjs';
import { limitSeconds } from './slowness.mjs';

/** The exit status of a test that can't run here, as ctest and automake have it. */
const cannotRun = 77;

/** A step that takes longer hangs, and so does what should have ended it. */
const hungMs = () => 1000 * limitSeconds(3600 * Math.max(1, Number(process.env.PMD_SCALE ?? 1)));
/** Of the commands that run. */
const marks = new Set();

/** Ends all that runs, for when the run itself is to end. */
export async function endAll() {
  await Promise.all([...marks].map((mark) => endMarked(mark, 0)));
}

/** Runs the command to its end, and ends what it has left. `show` gets its output as it comes. */
async function runCommand({ run: [command, args], env }, { cwd, show }) {
  const mark = newMark();
  marks.add(mark);
  const child = spawn(command, args, {
    cwd,
    env: { ...withMark(mark), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      show(text);
    });
  }
  const closed = once(child, 'close').catch(() => undefined);
  const limit = setTimeout(() => child.kill('SIGKILL'), hungMs());
  const [status, signal] = await once(child, 'exit').catch((error) => [error.message, null]);
  clearTimeout(limit);
  if (typeof status === 'string') return { problem: status, output };
  await endMarked(mark, 0); // else one of them could keep the output open
  await closed;
  marks.delete(mark);
  const problem =
    signal !== null ? `was ended by ${signal}` : status !== 0 ? `exited with ${status}` : undefined;
  return { problem, status, output };
}

/** A step of one test counts as that; others count what their programs have counted. */
function countsOf({ counts: hasCounts }, { problem, status, output }) {
  if (status === cannotRun) return { ...noCounts(), skipped: 1 };
  if (!hasCounts) {
    return { ...noCounts(), [problem === undefined ? 'passed' : 'failed']: 1 };
  }
  const counts = countLines(output);
  counts.failed = Math.max(counts.failed, ctestFailures(output));
  // A step that failed without saying what failed, or ran no test at all, has failed all the same.
  if (
    (problem !== undefined && counts.failed === 0) ||
    counts.passed + counts.failed + counts.skipped === 0
  ) {
    counts.failed++;
  }
  return counts;
}

/** What a step says of its failures; or, when it names none, how it ended. */
function failuresOf({ problem, output }) {
  const failures = named('failed', output);
  return failures.length > 0 ? failures : [problem ?? 'a test that it does not name'];
}

/** Runs a step to its end, and makes a row of the summary of it. */
export async function execute(step, options) {
  const begin = performance.now();
  const end = await runCommand(step, options);
  const counts = countsOf(step, end);
  return {
    step: step.name,
    counts,
    failed: counts.failed > 0 ? failuresOf(end) : [],
    skipped: named('skipped', end.output),
    problem: end.problem,
    output: end.output,
    seconds: Math.round((performance.now() - begin) / 1000),
  };
}
