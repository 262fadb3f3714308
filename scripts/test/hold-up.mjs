// Runs test files as scripts/test/mocha.mjs does, and holds their processes up: stops one of them at a time, mocha's or one that it
// started, at moments of chance and for times of chance. A busy machine does that too, and no test may notice.
//
//   node scripts/test/hold-up.mjs [--seed N] FILE|DIRECTORY… [-- mocha's options]
//
// --seed: the times of an earlier run. What they hit differs from run to run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../../test/fuzz-api/random.mjs';
import { endMarked, markedProcesses, newMark, withMark } from './processes.mjs';

const runner = join(import.meta.dirname, 'mocha.mjs');
const heldMs = [20, 400];
/** Between two holds: short times find what is in the middle of something, long ones let a test get somewhere. */
const betweenMs = [5, 600];

/** A time between two: each order of magnitude is as likely as another. */
const timeOf = (random, [least, most]) => least * (most / least) ** random.fraction();

/** Sends a signal to a process; false if there is no such process any more. */
function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Holds up a process that has the mark, again and again until the signal aborts. Returns how often. */
async function holdUp(mark, spared, random, over) {
  let holds = 0;
  while (!over.aborted) {
    await delay(timeOf(random, betweenMs), undefined, { signal: over }).catch(() => undefined);
    const [heldFor, choice] = [timeOf(random, heldMs), random.fraction()];
    const victims = markedProcesses(mark).filter(({ pid }) => pid !== spared);
    const victim = victims[Math.floor(choice * victims.length)];
    if (over.aborted || victim === undefined || !signal(victim.pid, 'SIGSTOP')) continue;
    holds++;
    await delay(heldFor, undefined, { signal: over }).catch(() => undefined);
    // All of them: a program that waits for another stops itself when that is stopped, as a shell does.
    for (const { pid } of [victim, ...markedProcesses(mark)]) signal(pid, 'SIGCONT');
  }
  return holds;
}

/** Runs mocha.mjs with these arguments and holds up all but itself: its limits must end what hangs. */
async function run(args, seed) {
  const mark = newMark();
  const over = new AbortController();
  const child = spawn(process.execPath, [runner, ...args], { env: withMark(mark), stdio: 'inherit' });
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => over.abort());
  const ended = once(child, 'exit').finally(() => over.abort());
  const holds = await holdUp(mark, child.pid, new Random(seed), over.signal);
  const isOver = child.exitCode !== null || child.signalCode !== null;
  if (!isOver) await endMarked(mark, 0); // this process was told to end
  const [code] = await ended;
  return { code: code ?? 1, holds };
}

function optionsOf(args) {
  const hasSeed = args[0] === '--seed';
  const seed = hasSeed ? Number(args[1]) : Date.now() % 2 ** 31;
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed ${args[1]} is not a whole number`);
  return { seed, rest: hasSeed ? args.slice(2) : args };
}

const { seed, rest } = optionsOf(process.argv.slice(2));
console.log(`processes are held up with --seed ${seed}`);
const { code, holds } = await run(rest, seed);
console.log(`held up ${holds} times, with --seed ${seed}`);
process.exitCode = code;
