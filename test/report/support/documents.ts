import type { ResultDocument } from '../../../src/documents/read-results.ts';
import type { Results } from '../../../src/results/results.ts';
import { runPmdBench } from '../../cli/support/child.ts';

const search = ['--frame-sizes', '64,512,1518', '--trial', '50ms', '--sum', '50ms', '--width', '20'];
const commands = {
  fwd: ['fwd', 'emu:a,peer=flood', 'emu:b,peer=flood', '--duration', '2200ms'],
  throughput: ['throughput', 'emu:t,rate=10k', 'emu:t', ...search],
  latency: ['latency', 'emu:l,delay=1ms', 'emu:l', '--duration', '500ms'],
  loss: [
    'loss',
    'emu:t,rate=10k',
    'emu:t',
    '--frame-sizes',
    '64,1518',
    '--rates',
    '5k,20k',
    '--trial',
    '50ms',
  ],
  burst: [
    'burst',
    'emu:s',
    'emu:s',
    '--frame-sizes',
    '64',
    ...['--longest', '1ms', '--width', '50', '--repeat', '2'],
  ],
  loads: ['latency', 'emu:l', 'emu:l', '--load', '0,50', '--max-rate', '5k', '--duration', '300ms'],
  idle: ['rx', 'emu:idle', '--duration', '1600ms'],
};

export type Samples = Record<keyof typeof commands, ResultDocument>;

let samples: Promise<Samples> | undefined;

/** Results of real runs, made once for all tests: what is found in them is the host's. */
export function makeSamples(): Promise<Samples> {
  samples ??= run();
  return samples;
}

async function run(): Promise<Samples> {
  const made: Partial<Samples> = {};
  for (const [name, args] of Object.entries(commands)) {
    const { stdout } = await runPmdBench([...args, '--json']);
    made[name as keyof Samples] = { file: `${name}.json`, results: JSON.parse(stdout) as Results };
  }
  return made as Samples;
}
