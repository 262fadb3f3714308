// Finds and ends the processes that a program left behind. Each carries a mark in its environment, which its children inherit,
// so one whose parent has died is found as well.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { limitSeconds } from './slowness.mjs';

const pollMs = 20;
/** What waits for a device can't be killed before that answers. */
const killSeconds = 60;
let marks = 0;

/** A name that no other variable of the environment has. */
export function newMark() {
  marks += 1;
  return `PMD_TEST_MARK_${process.pid}_${marks}`;
}

/** The environment of this process with a mark. */
export function withMark(mark, env = process.env) {
  return { ...env, [mark]: '1' };
}

function read(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // it has ended, or is another user's
  }
}

/** A process that has ended and that nobody has waited for has an empty command line. */
function commandOf(pid) {
  return read(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

/** Those that have the mark and run. */
export function markedProcesses(mark) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(name, 'environ').split('\0').includes(`${mark}=1`))
    .map((name) => ({ pid: Number(name), command: commandOf(name) }))
    .filter(({ command }) => command !== '');
}

/**
 * Gives the marked processes time to end by themselves, kills the others and waits for their end.
 * @returns {Promise<{ pid: number, command: string }[]>} Those that it had to kill.
 */
export async function endMarked(mark, graceMs) {
  const deadline = performance.now() + graceMs;
  while (markedProcesses(mark).length > 0 && performance.now() < deadline) await delay(pollMs);
  const killed = new Map();
  for (const end = performance.now() + 1000 * limitSeconds(killSeconds); performance.now() < end; ) {
    const left = markedProcesses(mark); // one that is killed may just have started another
    if (left.length === 0) break;
    for (const one of left) {
      killed.set(one.pid, one);
      try {
        process.kill(one.pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
    await delay(pollMs);
  }
  return [...killed.values()];
}
