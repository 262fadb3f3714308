// npm run bench -- [--only NAME,…] [--pairs N] [--json] [--list]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBench } from './build.ts';
import type { Comparison } from './comparison.ts';
import { type Figure, formatFigure } from './figure.ts';
import { describeMachine } from './machine.ts';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    pairs: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  buildBench();
  // The library loads the addon when it is imported, and it must be the one just built.
  const { comparisons } = await import('./comparisons/index.ts');
  if (flags.list)
    return console.log(comparisons.map(({ name, title }) => `${name.padEnd(14)}${title}`).join('\n'));
  const chosen = choose(comparisons);
  const { measureCyclesPerNs } = await import('./cycles.ts');
  const results: { comparison: string; figures: Figure[] }[] = [];
  const cyclesPerNs = measureCyclesPerNs();
  const machine = describeMachine(cyclesPerNs);
  say(machine.text);
  for (const { name, title } of chosen) {
    say(`\n${name}: ${title}`);
    results.push({ comparison: name, figures: await runAlone(name, cyclesPerNs) });
  }
  if (flags.json) console.log(JSON.stringify({ schema: 'vfio-pmd-bench/1', machine, results }, null, 2));
}

function choose(comparisons: readonly Comparison[]): readonly Comparison[] {
  const names = flags.only?.split(',') ?? comparisons.map(({ name }) => name);
  return names.map((name) => {
    const found = comparisons.find((comparison) => comparison.name === name);
    if (found === undefined) throw new Error(`no comparison is called ${name}: see --list`);
    return found;
  });
}

/**
 * Runs a comparison in a process of its own: V8 compiles one program otherwise when another has run before it. A buffer
 * that is detached makes typed arrays slower for as long as the process lives.
 */
async function runAlone(comparison: string, cyclesPerNs: number): Promise<Figure[]> {
  const pairs = flags.smoke ? 3 : Number(flags.pairs);
  const context = JSON.stringify({ pairs, smoke: flags.smoke, cyclesPerNs });
  const child = fork(join(import.meta.dirname, 'alone.ts'), [comparison, context], {
    serialization: 'advanced',
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const figures: Figure[] = [];
  child.on('message', (figure: Figure) => {
    figures.push(figure);
    say(`  ${formatFigure(figure)}`);
  });
  const [exitCode, signal] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`${comparison} ended with ${signal ?? exitCode}`);
  return figures;
}

/** With --json, stdout is the document's alone. */
function say(text: string): void {
  if (!flags.json) console.log(text);
}

await main();
