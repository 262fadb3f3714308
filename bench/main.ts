// npm run bench -- [--only NAME,…] [--pairs N] [--json] [--list]
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { buildBench } from './build.ts';
import type { Comparison } from './comparison.ts';
import { type Figure, formatFigure } from './figure.ts';

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
  for (const comparison of chosen) {
    const figures: Figure[] = [];
    say(`\n${comparison.name}: ${comparison.title}`);
    await comparison.run({
      pairs: flags.smoke ? 3 : Number(flags.pairs),
      smoke: flags.smoke,
      cyclesPerNs,
      report(figure) {
        figures.push(figure);
        say(`  ${formatFigure(figure)}`);
      },
    });
    results.push({ comparison: comparison.name, figures });
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

/** With --json, stdout is the document's alone. */
function say(text: string): void {
  if (!flags.json) console.log(text);
}

function describeMachine(cyclesPerNs: number) {
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    counterGHz: cyclesPerNs,
    memoryGiB: totalmem() / 2 ** 30,
    kernel: release(),
    node: process.version,
    loadAverage: loadavg()[0]!,
    date: new Date().toISOString().slice(0, 10),
  };
  const { cpu, kernel, node, loadAverage } = machine;
  const text = `${machine.cpus} CPUs ${cpu}, cycle counter ${cyclesPerNs.toFixed(2)} GHz, Linux ${kernel}, Node ${node}, load ${loadAverage.toFixed(1)}`;
  return { ...machine, text };
}

await main();
