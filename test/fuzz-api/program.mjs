import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Random } from './random.mjs';

/** How often calls are made beside each other: what moves frames, and what makes something to move them with. */
const weights = {
  receive: 6,
  send: 6,
  exchange: 4,
  allocate: 4,
  append: 6,
  release: 6,
  createBurst: 3,
  openPort: 3,
};

/** The program of a seed: the same for ever, as long as there are the same operations. */
export function programOf(seed, names, length) {
  const random = new Random(seed);
  const chosen = names.flatMap((name) => Array(weights[name] ?? 1).fill(name));
  const start = ['createPool', 'openPort', 'openPort', 'openPort', 'openPort', 'createBurst', 'createBurst'];
  return {
    isHonest: random.oneIn(3),
    inWorker: random.oneIn(3),
    calls: Array.from({ length }, (_, i) => ({ name: start[i] ?? random.pick(chosen), seed: random.word() })),
  };
}

/**
 * Runs a program in a process of its own. Returns how many calls it has made, and what is wrong: faults that it has found itself, or
 * how it ended.
 */
export async function runProgram(program, { node, dist, limitMs }) {
  const directory = mkdtempSync(join(tmpdir(), 'vfio-pmd-api-'));
  const file = join(directory, 'program.json');
  writeFileSync(file, JSON.stringify(program));
  const runner = join(import.meta.dirname, 'run.mjs');
  const child = spawn(node, ['--expose-gc', '--no-warnings', runner, file, dist], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, limitMs);
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const [{ code, signal }, stdout, stderr] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
  ]);
  clearTimeout(limit);
  const diary = `${file}.diary`;
  const last = existsSync(diary) ? readFileSync(diary, 'utf8').trim() : 'nothing';
  rmSync(directory, { recursive: true });
  if (isLate) {
    const fault = `it did not end within ${limitMs / 1000} s; what it began last: ${last}\n${stderr}`;
    return { ...nothing(), faults: [fault] };
  }
  const { calls, effects, faults } = code === 0 || code === 1 ? parse(stdout) : nothing();
  if (signal !== null || (code !== 0 && faults.length === 0))
    faults.push(`it ended with ${signal ?? code}\n${stderr}`);
  return { calls, effects, faults };
}

const nothing = () => ({ calls: 0, effects: {}, faults: [] });

function parse(stdout) {
  try {
    return JSON.parse(stdout);
  } catch {
    return nothing();
  }
}
