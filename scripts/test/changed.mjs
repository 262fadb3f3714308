// Which steps a change touches.
import { execFileSync } from 'node:child_process';
import { coversAll } from './steps.mjs';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const lines = (text) => text.split('\n').filter(Boolean);

/** Where this branch has left the main one. */
function branchPoint() {
  for (const branch of ['main', 'origin/main']) {
    try {
      return git('merge-base', branch, 'HEAD').trim();
    } catch {
      // there is no such branch
    }
  }
  throw new Error('there is no branch main to compare with: git fetch origin main, or say --only');
}

/** The files that differ from the main branch; those that nobody has committed or added yet, too. */
export function changedFiles() {
  const from = branchPoint();
  const untracked = git('ls-files', '--others', '--exclude-standard');
  return [...new Set([...lines(git('diff', '--name-only', from)), ...lines(untracked)])].sort();
}

/** What lies in a folder, or is a file. */
const within = (place) => new RegExp(`^${place.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}(/|$)`);

/** Whether a list of folders and files has the file; '' is every folder. */
export function covers(places, file) {
  return places.some((place) => place === '' || within(place).test(file));
}

/** The steps that notice a change of these files, and those that make what they need, in their order. */
export function stepsFor(files, steps) {
  const chosen = new Set();
  const choose = (step) => {
    if (chosen.has(step)) return;
    chosen.add(step);
    for (const name of step.needs ?? []) choose(steps.find((other) => other.name === name));
  };
  for (const step of steps) {
    if (files.some((file) => covers(coversAll, file) || covers(step.covers, file))) choose(step);
  }
  return steps.filter((step) => chosen.has(step));
}
