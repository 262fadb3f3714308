import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fetchPackages, LabError, runInGuest } from '../../src/lab/index.ts';
import { limitSeconds } from '../../test/support/limits.ts';
import { buildDirectory, root } from '../build.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { type Figure, type FigureHead, figure, missing } from '../figure.ts';
import type { GuestSample, Peer, Rate, Task } from '../guest/sample.ts';
import { type MedianInterval, median } from '../statistics.ts';

const built = join(buildDirectory, 'guest');
const rawSocket = join(buildDirectory, 'raw-socket');
const shape = '60 B, burst 32, rings 512';
const taskNames: Record<Task, string> = { tx: 'send', forward: 'forward between both VFs', rx: 'receive' };

/** What is made of the samples of one peer and task. */
interface Line {
  peer: Peer;
  task: Task;
  side: 'ours' | 'command';
  by: keyof Rate;
  bar?: Bar;
}

/** What is judged: the median alone, or that it or its interval reaches so much. */
interface Bar {
  least: number;
  of: 'median' | 'median or interval';
}

const noSlower: Bar = { least: 1, of: 'median or interval' };
const tenTimes: Bar = { least: 10, of: 'median' };

const lines: readonly Line[] = [
  { peer: 'testpmd', task: 'tx', side: 'ours', by: 'framesPerSecond', bar: noSlower },
  { peer: 'testpmd', task: 'tx', side: 'command', by: 'framesPerSecond' },
  { peer: 'testpmd', task: 'forward', side: 'ours', by: 'framesPerSecond', bar: noSlower },
  { peer: 'testpmd', task: 'rx', side: 'ours', by: 'framesPerSecond', bar: noSlower },
  { peer: 'testpmd', task: 'rx', side: 'command', by: 'framesPerSecond' },
  { peer: 'packet:', task: 'tx', side: 'ours', by: 'framesPerSecond' },
  { peer: 'packet:', task: 'forward', side: 'ours', by: 'framesPerSecond' },
  { peer: 'packet:', task: 'rx', side: 'ours', by: 'framesPerSecond' },
  { peer: 'AF_PACKET', task: 'tx', side: 'ours', by: 'framesPerCpuSecond', bar: tenTimes },
  { peer: 'AF_PACKET', task: 'rx', side: 'ours', by: 'framesPerCpuSecond', bar: tenTimes },
  { peer: 'raw-socket', task: 'tx', side: 'ours', by: 'framesPerCpuSecond' },
  { peer: 'raw-socket', task: 'rx', side: 'ours', by: 'framesPerCpuSecond' },
];

/** Real VFs under vfio-pci, in the lab's guest: our loops and our command against DPDK's testpmd, and against sockets over igbvf. */
export const guest: Comparison = {
  name: 'guest',
  title:
    'on the same VF in one boot: against testpmd, and against packet:, AF_PACKET and raw-socket over igbvf',
  async run(context) {
    const none = (why: string) => {
      for (const line of lines) context.report(missing(headOf(line), why, barOf(line)));
    };
    if (context.smoke) {
      none('a guest takes too long for a look at whether the bench runs');
      return;
    }
    try {
      const { samples, absent } = await run(context);
      for (const line of lines) context.report(ratios(line, samples, absent));
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      none(error.message.split('\n')[0]!);
    }
  },
};

function barOf({ bar }: Line): string | undefined {
  if (bar === undefined) return undefined;
  return bar.of === 'median' ? `${bar.least} times` : `${bar.least} times (${bar.of})`;
}

function reaches({ least, of }: Bar, { median, high }: MedianInterval): boolean {
  return (of === 'median' ? median : high) >= least; // an interval is never all below its median
}

function headOf({ peer, task, side, by }: Line): FigureHead {
  const what = side === 'ours' ? taskNames[task] : `${taskNames[task]}, by pmd-bench`;
  return {
    name: `${what} / ${peer}${by === 'framesPerCpuSecond' ? ', by CPU time' : ''}`,
    configuration: shape,
  };
}

type Absent = Partial<Record<Peer, string>>;

async function run({ pairs }: BenchContext): Promise<{ samples: GuestSample[]; absent: Absent }> {
  build();
  const absent: Absent = installRawSocket();
  const env = {
    ...process.env,
    PMD_DPDK_ROOT: await fetchPackages(['dpdk-dev']),
    VFIO_PMD_PREBUILD: built,
    RAW_SOCKET: absent['raw-socket'] === undefined ? join(rawSocket, 'node_modules/raw-socket') : undefined,
  };
  const samples: GuestSample[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    console.error(`  pair ${pair + 1} of ${pairs}`); // each takes minutes
    samples.push(...(await runPair('tx,forward', pair, 1, env)));
    samples.push(...(await runPair('rx', pair, 2, env))); // the generator has a processor of its own
  }
  return { samples, absent };
}

/**
 * All sides of one pair, in a boot of their own. With two processors and an IOMMU, QEMU 10.0 dies now and then of
 * `iotlb_to_section`: what such a boot had measured is not used, and there is another.
 */
async function runPair(
  tasks: string,
  pair: number,
  cpus: number,
  env: NodeJS.ProcessEnv,
): Promise<GuestSample[]> {
  let error: LabError | undefined;
  for (let boot = 0; boot < 3; boot++) {
    const result = await runBoot([tasks, String(pair)], cpus, env);
    if (!(result instanceof LabError)) return result;
    error = result;
  }
  throw error!;
}

async function runBoot(
  args: readonly string[],
  cpus: number,
  env: NodeJS.ProcessEnv,
): Promise<GuestSample[] | LabError> {
  const output = new PassThrough();
  const said = text(output);
  const options = {
    command: [process.execPath, join(built, 'bench/guest/main.js'), ...args],
    ...{ cwd: root, env, cpus, stdin: null, stdout: output, stderr: process.stderr },
    timeoutSeconds: limitSeconds(1200),
  };
  const result = await runInGuest(options).catch(asLabError);
  if (result instanceof LabError) return result;
  if (result.exitCode !== 0) throw new Error(`the guest's programs ended with ${result.exitCode}`);
  output.end();
  const lines = (await said).split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as GuestSample);
}

function asLabError(error: unknown): LabError {
  if (error instanceof LabError) return error;
  throw error;
}

function build(): void {
  const compile = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  compile(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'bench/guest/tsconfig.json');
  const afPacket = join(buildDirectory, 'af-packet');
  compile('cc', '-O2', '-Wall', '-Wextra', '-o', afPacket, 'bench/guest/af-packet.c');
  mkdirSync(join(built, 'build'), { recursive: true });
  cpSync(join(buildDirectory, 'build'), join(built, 'build'), { recursive: true });
  cpSync(join(root, 'package.json'), join(built, 'package.json'));
}

/** npm's package, which is compiled as it is installed; says why when it can't be had. */
function installRawSocket(): Absent {
  mkdirSync(rawSocket, { recursive: true });
  writeFileSync(join(rawSocket, 'package.json'), '{ "private": true }');
  try {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', 'raw-socket@1.8.1'], {
      cwd: rawSocket,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return {};
  } catch (error) {
    return { 'raw-socket': `raw-socket does not build here: ${(error as Error).message.split('\n')[0]}` };
  }
}

function ratios(line: Line, samples: readonly GuestSample[], absent: Absent): Figure {
  const { peer, task, side, by, bar } = line;
  const of = (wanted: GuestSample['side']) =>
    samples
      .filter((one) => one.peer === peer && one.task === task && one.side === wanted)
      .sort((a, b) => a.pair - b.pair)
      .map(({ rate }) => rate[by]);
  const [ours, theirs] = [of(side), of('theirs')];
  const head = headOf(line);
  if (ours.length === 0)
    return missing(
      head,
      absent[peer] ?? "this distribution's package dpdk-dev could not be fetched",
      barOf(line),
    );
  const result = figure(
    head,
    'times',
    ours.map((rate, i) => rate / theirs[i]!),
  );
  const both = {
    ...result,
    sides: { ours: median(ours) / 1000, theirs: median(theirs) / 1000 },
    sideUnit: `thousand frames a ${by === 'framesPerSecond' ? '' : 'CPU '}second`,
  };
  if (bar === undefined) return both;
  return { ...both, bar: { text: barOf(line)!, met: reaches(bar, result.value!) } };
}
