import { bench } from '../addon.ts';
import { callgrindMissing, countInstructions } from '../callgrind.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { figure, isShareTold, missing, shareOfCore } from '../figure.ts';
import { type TypescriptLoop, typescriptLoop } from '../loops.ts';
import { pairOptions, runPairs, typescriptWork, type Work } from '../sections.ts';
import { Station } from '../station.ts';
import { median } from '../statistics.ts';

const burst = 32;
const frames = 256;
const operations: readonly TypescriptLoop[] = ['receive', 'send', 'allocate', 'release'];
const instructionBar = 100;
const barText = `at most ${instructionBar}`;

/** What each call costs alone, in both languages; and what forwarding costs beside the least that it could. */
export const operationsAlone: Comparison = {
  name: 'operations',
  title:
    'receive, send, allocate, release alone; forwarding against the limit (descriptors and data, nothing else)',
  async run(context) {
    const station = await Station.open();
    for (const operation of operations) compareLanguages(context, station, operation);
    for (const size of [1, 8, 32, 128]) compareWithLimit(context, station, size);
    await station.close();
    const counted = context.smoke ? (['touch'] as const) : ([...operations, 'touch', 'limit'] as const);
    for (const loop of counted) instructions(context, loop);
  },
};

function compareLanguages(context: BenchContext, station: Station, operation: TypescriptLoop): void {
  const shape = { burst, frames };
  const typescript = typescriptWork(typescriptLoop(operation, station, shape), () => station.use());
  const { a, b } = runPairs(typescript, station.coreWork(operation, shape), pairOptions(context));
  const perFrame = (cycles: number) => cycles / frames / context.cyclesPerNs;
  context.report({
    ...figure(
      { name: `${operation}, TypeScript − C++`, configuration: `burst ${burst}` },
      'ns a frame',
      a.map((cycles, i) => perFrame(cycles - b[i]!)),
    ),
    sides: { TypeScript: perFrame(median(a)), 'C++': perFrame(median(b)) },
    sideUnit: 'ns',
  });
}

function compareWithLimit(context: BenchContext, station: Station, size: number): void {
  const core = station.coreWork('touch', { burst: size, frames });
  const limit: Work = {
    side: (sections) => bench.runLimit(512, size, frames, sections),
    empty: core.empty,
  };
  const { a, b } = runPairs(core, limit, pairOptions(context));
  const perFrame = (cycles: number[]) => median(cycles) / frames / context.cyclesPerNs;
  const result = figure(
    { name: 'forwarding in C++ / the limit', configuration: `burst ${size}` },
    'times',
    a.map((cycles, i) => cycles / b[i]!),
  );
  context.report({
    ...result,
    sides: { 'C++': perFrame(a), limit: perFrame(b) },
    sideUnit: 'ns a frame',
    ...(size === 32 ? { bar: { text: '2 times', met: result.value!.median <= 2 } } : {}),
    ...(isShareTold(size) ? { note: `C++: ${shareOfCore(perFrame(a))}` } : {}),
  });
}

function instructions(context: BenchContext, loop: TypescriptLoop | 'limit'): void {
  const name = loop === 'touch' ? 'forwarding, all of it' : loop;
  const head = { name: `instructions: ${name}`, configuration: `burst ${burst}` };
  if (callgrindMissing !== null) {
    context.report(missing(head, callgrindMissing, loop === 'touch' ? barText : undefined));
    return;
  }
  const count = countInstructions({ loop, burst, sections: context.smoke ? 5 : 200 });
  const result = figure(head, 'a frame', [count]);
  const bar = { text: barText, met: count <= instructionBar };
  context.report(loop === 'touch' ? { ...result, bar } : result);
}
