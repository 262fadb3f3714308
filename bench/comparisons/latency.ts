import { GcCounter } from '../../src/measure/gc-counter.ts';
import { type Arrivals, bench } from '../addon.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { figure } from '../figure.ts';
import { typescriptLoop } from '../loops.ts';
import { typescriptSide } from '../sections.ts';
import { Station } from '../station.ts';
import { median } from '../statistics.ts';

const burstSize = 32;
const percentiles = { p50: 0.5, p99: 0.99, 'p99.9': 0.999, 'p99.99': 0.9999 } as const;
const names = Object.keys(percentiles) as (keyof typeof percentiles)[];
const shares = Float64Array.from(Object.values(percentiles));
/** Frames of each run: half as many at a tenth of the rate, where they take five times as long. */
const loads = [
  { load: 0.1, frames: 5_000_000 },
  { load: 0.5, frames: 10_000_000 },
  { load: 0.9, frames: 10_000_000 },
] as const;
const framesOfWarmUp = 1_000_000;

type Forward = (count: number) => void;
type Outcome = Arrivals & {
  /** For each of the {@link shares}. */
  latencies: number[];
  collections: number;
};

/** How long frames that arrive at a fixed rate take through the loop, in both languages; and garbage collections. */
export const latency: Comparison = {
  name: 'latency',
  title:
    'latency of forwarding at a fixed rate, from when a frame was due to when it was sent; garbage collections',
  async run(context) {
    const station = await Station.open();
    const typescript = typescriptForward(station);
    const core: Forward = (n) => bench.forwardArrivals(station.port, station.pool.token.pool, burstSize, n);
    const run = async (forward: Forward, period: number, frames: number): Promise<Outcome> => {
      const count = context.smoke ? 20_000 : frames;
      bench.beginArrivals(station.port, period, count);
      const counter = new GcCounter();
      forward(count);
      const { count: collections } = await counter.stop();
      const latencies = Array.from(shares, (share) => bench.latency(share));
      return { ...bench.endArrivals(), latencies, collections };
    };
    const costs: number[] = [];
    for (let i = 0; i < 10; i++) costs.push((await run(typescript, 0, framesOfWarmUp)).cyclesPerFrame);
    const fastest = median(costs.slice(5)); // V8 compiles in the first
    for (const { load, frames } of loads) {
      const paced = (forward: Forward) => run(forward, fastest / load, frames);
      await compare(context, load, paced, { typescript, core }, fastest);
    }
    await collections(context, station);
    await station.close();
  },
};

function typescriptForward({ rx, tx, pool }: Station): Forward {
  const burst = pool.createBurst(burstSize);
  const { bytes } = pool;
  const block = new Uint32Array(bench.tickBlock);
  const { tick } = bench;
  return (count) => {
    block[0] = 0;
    for (let left = count; left > 0; ) {
      tick();
      const moved = rx.receive(burst, block[1]!);
      for (let i = 0; i < moved; i++) {
        const at = burst.position(i);
        bytes[at] = bytes[at]! + 1;
      }
      if (tx.send(burst) < moved) throw new Error('the loop did not send every frame: use a larger ring');
      block[0] = moved;
      left -= moved;
    }
    tick();
  };
}

async function compare(
  context: BenchContext,
  load: number,
  run: (forward: Forward) => Promise<Outcome>,
  { typescript, core }: { typescript: Forward; core: Forward },
  fastest: number,
): Promise<void> {
  const values = { typescript: newRows(), core: newRows() };
  const collections = { typescript: 0, core: 0 };
  const preemptions = { typescript: 0, core: 0 };
  for (let pair = 0; pair < context.pairs; pair++) {
    const order = pair % 2 === 0 ? (['typescript', 'core'] as const) : (['core', 'typescript'] as const);
    for (const side of order) {
      const outcome = await run(side === 'core' ? core : typescript);
      preemptions[side] += outcome.preemptions;
      collections[side] += outcome.collections;
      for (const [i, name] of names.entries())
        values[side][name].push(outcome.latencies[i]! / context.cyclesPerNs / 1000);
    }
  }
  const rate = (context.cyclesPerNs * 1000 * load) / fastest;
  const configuration = `${load * 100} %, ${rate.toFixed(2)} Mpps`;
  const both = (counts: typeof collections) => `TypeScript ${counts.typescript}, C++ ${counts.core}`;
  const note = `another thread or process took the CPU: ${both(preemptions)} times; garbage collections: ${both(collections)}`;
  for (const name of names) {
    const [a, b] = [values.typescript[name], values.core[name]];
    const result = figure(
      { name: `latency ${name}, TypeScript / C++`, configuration },
      'times',
      a.map((us, i) => us / b[i]!),
    );
    const bar = { text: '3 times', met: result.value!.median <= 3 };
    context.report({
      ...result,
      sides: { TypeScript: median(a), 'C++': median(b) },
      sideUnit: 'µs',
      ...(name === 'p99.99' && load === 0.5 ? { bar } : {}),
      ...(name === 'p99.99' ? { note } : {}),
    });
  }
}

function newRows(): Record<keyof typeof percentiles, number[]> {
  return { p50: [], p99: [], 'p99.9': [], 'p99.99': [] };
}

/** Garbage collections while a loop in TypeScript forwards; V8 has compiled it by now. */
async function collections(context: BenchContext, station: Station): Promise<void> {
  const total = context.smoke ? 256_000 : 100_000_000;
  const perSection = 256;
  station.use();
  const forward = typescriptSide(typescriptLoop('touch', station, { burst: burstSize, frames: perSection }));
  forward(context.smoke ? 100 : 20_000);
  await new Promise((resolve) => setTimeout(resolve, 100)); // what is left of the compiler's work
  const counter = new GcCounter();
  forward(total / perSection);
  const { count } = await counter.stop();
  context.report({
    ...figure({ name: 'garbage collections', configuration: `${total / 1e6} M frames` }, '', [count]),
    bar: { text: 'none', met: count === 0 },
  });
}
