import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildDirectory, root } from '../build.ts';
import type { BenchContext } from '../comparison.ts';
import { type FigureHead, figure, missing } from '../figure.ts';
import { median } from '../statistics.ts';
import { Network } from './network.ts';

export const packetPeer = join(buildDirectory, 'bench/packet-peer');
export const portProgram = [process.execPath, '--import', 'tsx', join(root, 'bench/kernel/port.ts')] as const;

/** Traffic is made on one processor, with what the kernel does to pass it on, and measured on the other. */
export const cpus = { traffic: '0', measured: '1' } as const;

export const costName = 'CPU time of a frame, TypeScript / C';

/** Forwards from the interface that the flood fills. */
export interface Forwarder {
  TypeScript: readonly string[];
  C: readonly string[];
}

export interface Load {
  name: string;
  /** 0: as fast as it goes. */
  perSecond: number;
  bytes: number;
  frames: number;
}

/** What a frame costs the forwarding process, against the C program; `flooded` is the interface that the traffic is sent on. */
export async function compareCost(
  context: BenchContext,
  network: Network,
  forwarder: Forwarder,
  flooded: string,
  { name, perSecond, bytes, frames }: Load,
): Promise<void> {
  const moving = context.smoke ? Math.min(frames, 20_000) : frames;
  const softirqs: Record<keyof Forwarder, number[]> = { TypeScript: [], C: [] };
  const run = (side: keyof Forwarder) => async () => {
    const forwarding = start(network, cpus.measured, [...forwarder[side], `${moving}`]);
    await forwarding.line(); // ready
    const flood = [packetPeer, 'flood', flooded, `${Number.MAX_SAFE_INTEGER}`, `${perSecond}`, `${bytes}`];
    const traffic = start(network, cpus.traffic, flood);
    const before = softirqNs();
    const [moved, cpuNs] = (await forwarding.rest())[0]!.split(' ').map(Number);
    softirqs[side].push((softirqNs() - before) / moving);
    await traffic.end();
    return cpuNs! / moved!;
  };
  const note = () =>
    `softirqs on that processor: ${median(softirqs.TypeScript).toFixed(0)} and ${median(softirqs.C).toFixed(0)} ns a frame`;
  const head = { name: costName, configuration: `${name}, ${bytes} bytes` };
  await compare(context, head, { unit: 'ns', limit: 1.2, note }, [
    ['TypeScript', run('TypeScript')],
    ['C', run('C')],
  ]);
}

type Run = [name: string, run: () => Promise<number>];

/** Both sides in turns; reports the ratios of the pairs. */
export async function compare(
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

/** Works in a network of its own; reports each figure as missing where the system grants none. */
export async function inNetwork(
  context: BenchContext,
  names: readonly string[],
  configuration: string,
  work: (network: Network) => Promise<void>,
): Promise<void> {
  const problem = Network.problem();
  if (problem !== undefined) {
    for (const name of names) context.report(missing({ name, configuration }, problem));
    return;
  }
  const network = await Network.create();
  try {
    await work(network);
  } finally {
    await network.close();
  }
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

export function start(network: Network, cpu: string, command: readonly string[]): Running {
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
