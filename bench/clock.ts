// What a reading of each clock costs, in time and in garbage. All are measured in turn, so that what else the machine does
// meets all of them.
//
//   node --expose-gc --import tsx bench/clock.ts
import { performance } from 'node:perf_hooks';
import { cycleCount, monotonicNs } from '../src/core/clock.ts';

const readingsPerRun = 200_000;
const runs = 15;

const clocks: Record<string, () => number> = {
  'performance.now()': () => {
    let sum = 0;
    for (let i = 0; i < readingsPerRun; i++) sum += performance.now();
    return sum;
  },
  'process.hrtime.bigint()': () => {
    let sum = 0n;
    for (let i = 0; i < readingsPerRun; i++) sum ^= process.hrtime.bigint();
    return Number(sum);
  },
  'monotonicNs()': () => {
    let sum = 0;
    for (let i = 0; i < readingsPerRun; i++) sum += monotonicNs();
    return sum;
  },
  'cycleCount()': () => {
    let sum = 0;
    for (let i = 0; i < readingsPerRun; i++) sum += cycleCount();
    return sum;
  },
};

if (gc === undefined) throw new Error('run it as: node --expose-gc --import tsx bench/clock.ts');
const found = Object.entries(clocks).map(([name, read]) => ({
  name,
  read,
  ns: [] as number[],
  bytes: [] as number[],
}));
for (let run = 0; run < runs; run++) {
  for (const { read, ns, bytes } of found) {
    gc();
    const before = process.memoryUsage().heapUsed;
    const start = process.hrtime.bigint();
    read();
    const elapsed = Number(process.hrtime.bigint() - start);
    bytes.push((process.memoryUsage().heapUsed - before) / readingsPerRun);
    ns.push(elapsed / readingsPerRun);
  }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const own = median(found.find(({ name }) => name === 'monotonicNs()')!.ns);
for (const { name, ns, bytes } of found) {
  const [least, middle, most] = [Math.min(...ns), median(ns), Math.max(...ns)];
  const cost = `${middle.toFixed(1)} ns (${least.toFixed(1)} to ${most.toFixed(1)})`;
  console.log(
    `${name.padEnd(24)} ${cost.padEnd(28)} ${(middle / own).toFixed(2)} of monotonicNs(), ${median(bytes).toFixed(1)} bytes of garbage`,
  );
}
