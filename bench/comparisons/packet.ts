import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildDirectory, root } from '../build.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { type FigureHead, figure, missing } from '../figure.ts';
import { Network } from '../packet/veth.ts';
import { median } from '../statistics.ts';

const peer = join(buildDirectory, 'bench/packet-peer');
/** Who answers and forwards: the same in TypeScript and in C. */
const sides = {
  TypeScript: [process.execPath, '--import', 'tsx', join(root, 'bench/packet/port.ts')],
  C: [peer],
} as const;
type Side = keyof typeof sides;

/** Traffic is made on one processor, with what the kernel does to pass it on, and measured on the other. */
const cpus = { traffic: '0', measured: '1' } as const;
const loads = [
  { name: 'as fast as it goes', perSecond: 0, bytes: 60 },
  { name: 'as fast as it goes', perSecond: 0, bytes: 1514 },
  { name: '100,000 a second', perSecond: 100_000, bytes: 60 },
] as const;

/** What a `packet:` port costs beside a C program that does the same with the same kind of socket. */
export const packet: Comparison = {
  name: 'packet',
  title:
    'packet: ports over veth, against a C program with packet sockets: lone frames, and CPU time of forwarding',
  async run(context) {
    const problem = Network.problem();
    if (problem !== undefined) return reportMissing(context, problem);
    const network = await Network.create();
    try {
      await network.cable('a0', 'a1');
      await network.cable('b0', 'b1');
      await compareLoneFrames(context, network);
      for (const load of loads) await compareCost(context, network, load);
    } finally {
      await network.close();
    }
  },
};

const names = {
  lone: 'lone frame, TypeScript / C',
  cost: 'CPU time of a frame, TypeScript / C',
  rings: 'lone frame, blocks / slots',
} as const;

function reportMissing(context: BenchContext, problem: string): void {
  for (const name of Object.values(names)) context.report(missing({ name, configuration: 'veth' }, problem));
}

async function compareLoneFrames(context: BenchContext, network: Network): Promise<void> {
  const frames = context.smoke ? 100 : 2000;
  const run = (command: readonly string[], name: string) => async () => {
    const answering = start(network, cpus.measured, [...command, 'echo', name, `${frames}`]);
    await answering.line(); // ready
    const asking = start(network, cpus.traffic, [peer, 'ping', 'a0', `${frames}`, '1000', '60']);
    const times = (await asking.rest()).map((ns) => Number(ns) / 1000);
    await answering.rest();
    return median(times.slice(frames / 4));
  };
  const configuration = 'p50, 60 bytes, 1 ms apart';
  const slots = run(sides.TypeScript, 'a1');
  const unit = 'µs';
  await compare(context, { name: names.lone, configuration }, { unit, limit: 1.5 }, [
    ['TypeScript', slots],
    ['C', run(sides.C, 'a1')],
  ]);
  await compare(context, { name: names.rings, configuration }, { unit }, [
    ['blocks', run(sides.TypeScript, 'a1,blocks')],
    ['slots', slots],
  ]);
}

async function compareCost(
  context: BenchContext,
  network: Network,
  { name, perSecond, bytes }: (typeof loads)[number],
): Promise<void> {
  const frames = context.smoke ? 20_000 : perSecond > 0 ? 4 * perSecond : 1_000_000;
  const softirqs: Record<Side, number[]> = { TypeScript: [], C: [] };
  const run = (side: Side) => async () => {
    const forwarding = start(network, cpus.measured, [...sides[side], 'forward', 'a1', 'b0', `${frames}`]);
    await forwarding.line();
    const flood = [peer, 'flood', 'a0', `${Number.MAX_SAFE_INTEGER}`, `${perSecond}`, `${bytes}`];
    const traffic = start(network, cpus.traffic, flood);
    const before = softirqNs();
    const [moved, cpuNs] = (await forwarding.rest())[0]!.split(' ').map(Number);
    softirqs[side].push((softirqNs() - before) / frames);
    await traffic.end();
    return cpuNs! / moved!;
  };
  const note = () =>
    `softirqs on that processor: ${median(softirqs.TypeScript).toFixed(0)} and ${median(softirqs.C).toFixed(0)} ns a frame`;
  const head = { name: names.cost, configuration: `${name}, ${bytes} bytes` };
  await compare(context, head, { unit: 'ns', limit: 1.2, note }, [
    ['TypeScript', run('TypeScript')],
    ['C', run('C')],
  ]);
}

type Run = [name: string, run: () => Promise<number>];

async function compare(
  context: BenchContext,
  head: FigureHead,
  { unit, limit, note }: { unit: string; limit?: number; note?: () => string },
  runs: [Run, Run],
): Promise<void> {
  const values: [number[], number[]] = [[], []];
  for (let pair = 0; pair < (context.smoke ? 1 : context.pairs); pair++) {
    for (const side of pair % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const))
      values[side].push(await runs[side][1]());
  }
  const [ours, theirs] = values;
  const ratios = figure(
    head,
    'times',
    ours.map((value, i) => value / theirs[i]!),
  );
  context.report({
    ...ratios,
    sides: { [runs[0][0]]: median(ours), [runs[1][0]]: median(theirs) },
    sideUnit: unit,
    ...(limit !== undefined && { bar: { text: `${limit} times`, met: ratios.value!.median <= limit } }),
    ...(note && { note: note() }),
  });
}

/** What the kernel did in softirqs on the processor that is measured, by its own account, in ns. */
function softirqNs(): number {
  const line = new RegExp(`^cpu${cpus.measured} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))![1]!;
  const ticks = Number(line.split(' ')[6]);
  return (ticks * 1e9) / 100; // USER_HZ
}

interface Running {
  /** The next line that it prints. */
  line(): Promise<string>;
  /** All further lines, once it has ended well. */
  rest(): Promise<string[]>;
  end(): Promise<void>;
}

function start(network: Network, cpu: string, command: readonly string[]): Running {
  const [program, args] = network.within('taskset', '-c', cpu, ...command);
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async line() {
      const { done, value } = await lines.next();
      if (done) throw new Error(`${command.join(' ')} ended early`);
      return value;
    },
    async rest() {
      const rest: string[] = [];
      for await (const line of { [Symbol.asyncIterator]: () => lines }) rest.push(line);
      const [code, signal] = await ended;
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${signal ?? code}`);
      return rest;
    },
    async end() {
      child.kill('SIGKILL'); // nsenter and taskset have become the program by now
      await ended;
    },
  };
}
