import { bench, type CoreLoop } from '../addon.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { figure } from '../figure.ts';
import { typescriptLoop } from '../loops.ts';
import { type PairOptions, pairOptions, runPairs, typescriptSide } from '../sections.ts';
import { Station } from '../station.ts';
import { median } from '../statistics.ts';

const frames = 256;
const emptyCalls = 256;
const works = { touch: 'touch a byte', macs: 'rewrite the MACs', header: 'read 42 bytes' } as const;

/** The loop of a TypeScript application against the same loop in C++: same port, same thread, same device. */
export const language: Comparison = {
  name: 'language',
  title: 'TypeScript against C++: one loop on our library, forwarding',
  async run(context) {
    const station = await Station.open();
    station.use();
    const options = pairOptions(context);
    const emptyNs = emptyCall(context, options);
    for (const work of Object.keys(works) as (keyof typeof works)[]) {
      for (let burst = 1; burst <= frames; burst *= 2)
        compare(context, options, station, work, burst, emptyNs);
    }
    await station.close();
  },
};

/** An empty Node-API call from a loop in TypeScript, in nanoseconds. */
function emptyCall(context: BenchContext, options: PairOptions): number {
  const { empty } = bench;
  const calls = typescriptSide({
    measured() {
      for (let i = 0; i < emptyCalls; i++) empty();
    },
  });
  const nothing = typescriptSide({ measured() {} });
  const { a, b } = runPairs(calls, nothing, options);
  const values = a.map((cycles, i) => (cycles - b[i]!) / emptyCalls / context.cyclesPerNs);
  context.report(figure({ name: 'empty Node-API call', configuration: '' }, 'ns', values));
  return median(values);
}

function compare(
  context: BenchContext,
  options: PairOptions,
  station: Station,
  work: keyof typeof works,
  burst: number,
  emptyNs: number,
): void {
  const shape = { burst, frames };
  const core = (loop: CoreLoop) => (sections: number) =>
    bench.runCore(loop, station.port, station.pool.token.pool, burst, frames, sections);
  const typescript = (loop: CoreLoop) => typescriptSide(typescriptLoop(loop, station, shape));
  const overhead = runPairs(typescript('nothing'), core('nothing'), options);
  const { a, b } = runPairs(typescript(work), core(work), options);
  const perBurst = (cycles: number[], none: number[]) =>
    cycles.map((value) => ((value - median(none)) * burst) / frames / context.cyclesPerNs);
  const typescriptNs = perBurst(a, overhead.a);
  const coreNs = perBurst(b, overhead.b);
  const difference = typescriptNs.map((ns, i) => ns - coreNs[i]!);
  const head = { name: works[work], configuration: `burst ${burst}` };
  const sides = { TypeScript: median(typescriptNs), 'C++': median(coreNs) };
  const limit = 2 * emptyNs + 3 * burst;
  const bar = {
    text: `${limit.toFixed(0)} ns (two empty calls + 3 ns a frame)`,
    met: median(difference) <= limit,
  };
  context.report({
    ...figure(head, 'ns a burst', difference),
    sides,
    ...(work === 'touch' ? { bar } : {}),
    note: `ratio ${(sides.TypeScript / sides['C++']).toFixed(2)}`,
  });
}
