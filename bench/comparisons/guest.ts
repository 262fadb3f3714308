import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fetchPackages, LabError, runInGuest } from '../../src/lab/index.ts';
import { buildDirectory, root } from '../build.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { type Figure, figure, missing } from '../figure.ts';
import type { GuestSample, Task } from '../guest/sample.ts';
import { median } from '../statistics.ts';

const built = join(buildDirectory, 'guest');
const tasks: readonly Task[] = ['tx', 'forward', 'rx'];
const names: Record<Task, string> = { tx: 'send', forward: 'forward, swapping MACs', rx: 'receive' };
const shape = '60 B, burst 32, rings 512';

/** Real VFs under vfio-pci, in the lab's guest: our command against DPDK's testpmd, and against AF_PACKET over Linux's igbvf. */
export const guest: Comparison = {
  name: 'guest',
  title: 'on the same VF in one boot: pmd-bench against testpmd, and against AF_PACKET over igbvf',
  async run(context) {
    const heads = tasks.map((task) => ({ name: `${names[task]} / testpmd`, configuration: shape }));
    const afPacket = { name: 'send / AF_PACKET, by CPU time', configuration: shape };
    const none = (why: string) => {
      for (const head of [...heads, afPacket]) context.report(missing(head, why));
    };
    if (context.smoke) {
      none('a guest takes too long for a look at whether the bench runs');
      return;
    }
    try {
      const samples = await run(context);
      tasks.forEach((task, i) => {
        context.report(
          ratios(
            heads[i]!,
            samples.filter((one) => one.peer === 'testpmd' && one.task === task),
            1,
          ),
        );
      });
      context.report(
        ratios(
          afPacket,
          samples.filter((one) => one.peer === 'AF_PACKET'),
          10,
        ),
      );
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      none(error.message.split('\n')[0]!);
    }
  },
};

async function run({ pairs }: BenchContext): Promise<GuestSample[]> {
  const dpdk = await fetchPackages(['dpdk-dev']);
  const compile = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  compile(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'bench/guest/tsconfig.json');
  compile(
    'cc',
    '-O2',
    '-Wall',
    '-Wextra',
    '-o',
    join(buildDirectory, 'af-packet'),
    'bench/guest/af-packet.c',
  );
  mkdirSync(join(built, 'build'), { recursive: true });
  cpSync(join(buildDirectory, 'build'), join(built, 'build'), { recursive: true });
  cpSync(join(root, 'package.json'), join(built, 'package.json'));
  const output = new PassThrough();
  const lines = text(output);
  const { exitCode } = await runInGuest({
    command: [process.execPath, join(built, 'bench/guest/main.js'), String(pairs)],
    cwd: root,
    env: { ...process.env, PMD_DPDK_ROOT: dpdk, VFIO_PMD_PREBUILD: built },
    stdin: null,
    stdout: output,
    stderr: process.stderr,
    cpus: 2, // the generator has one of its own
    timeoutSeconds: 3000,
  });
  output.end();
  const said = await lines;
  if (exitCode !== 0) throw new LabError(`the guest's programs ended with ${exitCode}`, 'see what they said');
  return said
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as GuestSample);
}

function ratios(
  head: { name: string; configuration: string },
  samples: GuestSample[],
  least: number,
): Figure {
  const of = (side: GuestSample['side']) =>
    samples.filter((one) => one.side === side).map(({ framesPerSecond }) => framesPerSecond);
  const [ours, theirs] = [of('ours'), of('theirs')];
  if (ours.length === 0) return missing(head, "this distribution's package dpdk-dev could not be fetched");
  const result = figure(
    head,
    'times',
    ours.map((rate, i) => rate / theirs[i]!),
  );
  const { median: middle, high } = result.value!;
  const met = middle >= least || high >= least;
  const thousands = { ours: median(ours) / 1000, 'theirs, thousand frames a second': median(theirs) / 1000 };
  return { ...result, sides: thousands, bar: { text: `${least} times`, met } };
}
