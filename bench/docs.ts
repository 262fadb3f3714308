// npm run bench:docs -- RESULTS: puts the results of `npm run bench -- --json` into docs/performance.md, and draws its plots.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build.ts';
import { type Figure, sidesText, verdictOf } from './figure.ts';
import { type Plot, renderPlot, type Series } from './plot.ts';
import { signTestRank } from './statistics.ts';

interface Results {
  schema: string;
  machine: { text: string; date: string };
  results: { comparison: string; figures: Figure[] }[];
}

const page = join(root, 'docs/performance.md');
const pictures = join(root, 'docs/performance');

function main(): void {
  const [path] = process.argv.slice(2);
  if (path === undefined) throw new Error('name a file that `npm run bench -- --json` has written');
  const { schema, machine, results } = JSON.parse(readFileSync(path, 'utf8')) as Results;
  if (schema !== 'vfio-pmd-bench/1') throw new Error(`${path} is no result of the bench`);
  const when = `${machine.date}: ${machine.text}.`;
  let text = readFileSync(page, 'utf8');
  const isWhole = placesOf(text).every((name) => results.some(({ comparison }) => comparison === name));
  if (isWhole) text = replace(text, 'machine', when);
  for (const { comparison, figures } of results) {
    const table = tableOf(figures);
    text = replace(text, comparison, isWhole ? table : `Of a run of its own, ${when}\n\n${table}`);
  }
  writeFileSync(page, text);
  mkdirSync(pictures, { recursive: true });
  for (const [name, plot] of plotsOf(
    (name) => results.find(({ comparison }) => comparison === name)?.figures,
  ))
    writeFileSync(join(pictures, `${name}.svg`), renderPlot(plot));
}

/** The comparisons that the page has. */
function placesOf(text: string): string[] {
  const names = [...text.matchAll(/<!-- bench: (.*) -->/g)].map(([, name]) => name!);
  return names.filter((name) => name !== 'machine');
}

/** What stands between a section's two marks. */
function replace(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- bench: ${name} -->`, `<!-- end: ${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${name}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, configuration, unit, value, bar, note = '' } = figure;
    const median = value === null ? 'none' : `${digits(value.median)} ${unit}`;
    const reached = bar === undefined ? '' : `${verdictOf(bar, ['✓', '✗', 'open:'])} ${bar.text}`;
    const remarks = [reached, note].filter(Boolean).join('; ');
    return [name, configuration, median, spreadOf(figure), sidesText(figure, digits), remarks];
  });
  const head = ['', '', 'median', '95 %', 'sides', 'bar, note'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Of too few values for 95 % it is their range, and says of how many. */
function spreadOf({ value, samples }: Figure): string {
  if (value === null || samples < 2) return '';
  const spread = `${digits(value.low)} to ${digits(value.high)}`;
  return signTestRank(samples) > 0 ? spread : `${spread} (of ${samples})`;
}

function digits(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

type FiguresOf = (comparison: string) => Figure[] | undefined;

function* plotsOf(of: FiguresOf): Generator<[name: string, plot: Plot]> {
  const language = of('language')?.filter(({ name }) => name === 'touch a byte, TypeScript − C++');
  if (language !== undefined) {
    const bursts = language.map(({ configuration }) => Number(configuration.replace('burst ', '')));
    const perFrame = (side: string) => language.map(({ sides }, i) => sides![side]! / bursts[i]!);
    yield [
      'language',
      {
        kind: 'lines',
        title: 'Forwarding and touching a byte: nanoseconds a frame by burst',
        xTitle: 'frames a burst',
        labels: bursts.map(String),
        yTitle: 'ns a frame',
        series: ['TypeScript', 'C++'].map((name) => ({ name, values: perFrame(name) })),
      },
    ];
  }
  const paths = pathsPlot(of('guest') ?? []);
  if (paths !== undefined) yield ['paths', paths];
  const scale = of('scale');
  if (scale !== undefined) {
    yield [
      'rings',
      scalePlot(scale, 'descriptors a ring', (name) => name.endsWith(' 16384 buffers'), /ring (\d+)/, 0, 5),
    ];
    yield [
      'pools',
      scalePlot(scale, 'buffers in the pool', (name) => name.startsWith('ring 512,'), /(\d+) buffers/, 1, 6),
    ];
  }
}

/** The ways from a program to the wire, one bar each; undefined: not all of them were measured. */
function pathsPlot(figures: readonly Figure[]): Plot | undefined {
  const tasks = { send: 'send', forward: 'forward between both VFs', receive: 'receive' };
  const rates = (peer: string, side: string) =>
    Object.values(tasks).map(
      (task) => figures.find(({ name }) => name === `${task} / ${peer}`)?.sides?.[side] ?? Number.NaN,
    );
  const series: Series[] = [
    { name: 'a VF with vfio-pmd', values: rates('testpmd', 'ours') },
    { name: 'a VF with DPDK (testpmd, C)', values: rates('testpmd', 'theirs') },
    { name: 'the kernel’s driver of the VF, with packet: ports', values: rates('packet:', 'theirs') },
  ];
  if (series.some(({ values }) => values.some(Number.isNaN))) return undefined;
  return {
    kind: 'bars',
    title: 'Frames a second of 60 bytes on one VF, in the emulated guest',
    xTitle: '',
    labels: Object.keys(tasks),
    yTitle: 'thousand frames a second',
    series,
  };
}

/** Time and instructions, both against those of the usual sizes. */
function scalePlot(
  figures: readonly Figure[],
  xTitle: string,
  belongs: (configuration: string) => boolean,
  label: RegExp,
  from: number,
  to: number,
): Plot {
  const of = (name: string) =>
    figures.filter((figure) => figure.name === name && belongs(figure.configuration)).slice(from, to);
  const time = of('time / that of the usual sizes');
  const usual = figures.find(
    ({ name, configuration }) => name === 'instructions' && configuration === 'ring 512, 4096 buffers',
  )?.value?.median;
  const counts = usual === undefined ? [] : of('instructions').map(({ value }) => value!.median / usual);
  return {
    kind: 'lines',
    title: `Cost of a frame by ${xTitle}`,
    xTitle,
    labels: time.map(({ configuration }) => label.exec(configuration)![1]!),
    yTitle: 'times that of 512 descriptors and 4096 buffers',
    series: [
      { name: 'time', values: time.map(({ value }) => value!.median) },
      ...(counts.length === 0 ? [] : [{ name: 'instructions', values: counts }]), // there is no valgrind everywhere
    ],
  };
}

main();
