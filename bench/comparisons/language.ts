import { bench } from '../addon.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { figure, isShareTold, shareOfCore } from '../figure.ts';
import { bothWays, typescriptLoop } from '../loops.ts';
import { pairOptions, runTurns, type Side, typescriptSide } from '../sections.ts';
import { Station } from '../station.ts';
import { median } from '../statistics.ts';

const frames = 256;
const calls = 256;
const works = {
  touch: 'touch a byte',
  exchange: 'touch a byte, one call a burst',
  macs: 'rewrite the MACs',
  words: 'rewrite the MACs by words',
  header: 'read 42 bytes',
} as const;
/** A byte touched is what the bar is about. */
const judged = ['touch', 'exchange'];

/** The loop of a TypeScript application against the same loop in C++: same port, same thread, same device. */
export const language: Comparison = {
  name: 'language',
  title: 'TypeScript against C++: one loop on our library, forwarding',
  async run(context) {
    const station = await Station.open();
    reportEmptyCall(context);
    for (const work of Object.keys(works) as (keyof typeof works)[]) {
      // A section of exchange begins with a burst in hand, and the ring has none of 256 left for it.
      for (let burst = 1; burst <= (work === 'exchange' ? frames / 2 : frames); burst *= 2)
        compareWork(context, station, work, burst);
    }
    await compareSizeClasses(context, station);
    const both = await Station.openTwo();
    compareTwoPorts(context, both);
    const buffer = new ArrayBuffer(1);
    structuredClone(buffer, { transfer: [buffer] }); // as late as this, and none is detached before: V8 does not forget it
    for (const work of ['exchange', 'header'] as const)
      compareWork(context, station, work, 32, `${works[work]}, after a buffer was detached`);
    await station.close();
    await Station.closeAll(both);
  },
};

/** Empty Node-API calls from a loop in TypeScript. */
function emptyCalls(): Side {
  const { empty } = bench;
  return typescriptSide({
    measured() {
      for (let i = 0; i < calls; i++) empty();
    },
  });
}

function reportEmptyCall(context: BenchContext): void {
  const [all, none] = runTurns([emptyCalls(), typescriptSide({ measured() {} })], pairOptions(context));
  const values = all!.map((cycles, i) => (cycles - none![i]!) / calls / context.cyclesPerNs);
  context.report(figure({ name: 'empty Node-API call', configuration: '' }, 'ns', values));
}

type Sides = { name: string; burst: number; typescript: Side; core: Side; isJudged: boolean };

function compareWork(
  context: BenchContext,
  station: Station,
  work: keyof typeof works,
  burst: number,
  name: string = works[work],
  isJudged = judged.includes(work),
): void {
  const shape = { burst, frames };
  station.use();
  compare(context, station, {
    ...{ name, burst, isJudged },
    typescript: typescriptSide(typescriptLoop(work, station, shape)),
    core: station.coreWork(work, shape).side,
  });
}

/** The same loop over pools of two size classes: V8 sees two classes of bursts in it. */
async function compareSizeClasses(context: BenchContext, station: Station): Promise<void> {
  const jumbo = await Station.open({ dataRoom: 10240, buffers: 2048 });
  for (const one of [jumbo, station]) {
    const name = `${works.touch}, two size classes, buffers of ${one.pool.dataRoom}`;
    for (const burst of [1, 8, 32]) compareWork(context, one, 'touch', burst, name, false);
  }
  await jumbo.close();
}

/** One thread with two ports, as a router has them: every call in its loop is made for more than one queue. */
function compareTwoPorts(context: BenchContext, [one, other]: [Station, Station]): void {
  bench.use(one.port, other.port);
  for (const burst of [1, 8, 32]) {
    compare(context, one, {
      ...{ name: `${works.touch}, two ports, both ways`, burst, isJudged: false },
      typescript: typescriptSide(bothWays(one, other, { burst, frames })),
      core: (sections) =>
        bench.runBothWays(one.port, other.port, one.pool.token.pool, burst, frames, sections),
    });
  }
}

function compare(
  context: BenchContext,
  station: Station,
  { name, burst, typescript, core, isJudged }: Sides,
): void {
  const nothing = typescriptSide({ measured() {} });
  const { empty: coreNothing } = station.coreWork('nothing', { burst, frames });
  const sides = [typescript, core, nothing, coreNothing, emptyCalls()];
  const [a, b, noneA, noneB, empty] = runTurns(sides, pairOptions(context)) as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  const perBurst = (cycles: number[], none: number[]) =>
    cycles.map((value, i) => ((value - none[i]!) * burst) / frames / context.cyclesPerNs);
  const typescriptNs = perBurst(a, noneA);
  const coreNs = perBurst(b, noneB);
  const difference = typescriptNs.map((ns, i) => ns - coreNs[i]!);
  const limit = empty.map(
    (cycles, i) => (2 * (cycles - noneA[i]!)) / calls / context.cyclesPerNs + 3 * burst,
  );
  const medians = { TypeScript: median(typescriptNs), 'C++': median(coreNs) };
  const met = median(difference.map((ns, i) => ns - limit[i]!)) <= 0;
  const bar = { text: `${median(limit).toFixed(1)} ns (two empty calls + 3 ns a frame)`, met };
  const ratio = `ratio ${(medians.TypeScript / medians['C++']).toFixed(2)}`;
  context.report({
    ...figure(
      { name: `${name}, TypeScript − C++`, configuration: `burst ${burst}` },
      'ns a burst',
      difference,
    ),
    sides: medians,
    sideUnit: 'ns',
    ...(isJudged ? { bar } : {}),
    note: isShareTold(burst) ? `${ratio}; TypeScript: ${shareOfCore(medians.TypeScript / burst)}` : ratio,
  });
}
