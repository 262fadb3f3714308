// main tx,forward|rx PAIR: runs in the lab's guest: our programs and others' on the same VFs, one after the other. Prints a line of JSON
// for each.
import { join } from 'node:path';
import type { Interval } from '../../src/results/results.ts';
import { Nic } from '../../test/guest/support/nic.ts';
import { testpmdMissing } from '../../test/guest/support/testpmd.ts';
import { Counted, otherCpu, testedCpu } from './counted.ts';
import { linuxPeers } from './linux.ts';
import type { Peer, Rate, SideName, Task } from './sample.ts';
import { countedTestpmd } from './testpmd.ts';

const nic = Nic.ofGuest();
const [tested, other] = [nic.vf(0), nic.vf(1)];
const loop = [process.execPath, join(import.meta.dirname, 'loop.js')];
const command = [process.execPath, join(import.meta.dirname, '../../src/cli/main.js')];
const shape = ['--burst', '32', '--rx-ring', '512', '--tx-ring', '512'];

/** Our loop. */
function ours(task: Task): Promise<Rate> {
  const rest = { tx: [nic.vfMac(1)], rx: [], forward: [other] }[task];
  return new Counted(testedCpu, [...loop, task, tested, ...rest]).measure();
}

/** Our command, which numbers, dates and counts frames as well. */
function ourCommand(task: 'tx' | 'rx'): Promise<Rate> {
  const own = {
    tx: ['tx', '--template', 'udp', '--size', '64', '--dst', nic.vfMac(1)],
    rx: ['rx'],
  }[task];
  let frames = 0;
  return new Counted(testedCpu, [...command, ...own, tested, ...shape, '--ndjson'], (line) => {
    const { interval } = JSON.parse(line) as { interval?: Interval };
    if (interval === undefined) return undefined;
    const [port] = interval.ports;
    frames += task === 'rx' ? port!.rxPackets : port!.txPackets;
    return { seconds: interval.startSeconds + interval.durationSeconds, frames };
  }).measure();
}

const macs = [0, 1].map((n) => nic.vfMac(n));
const testpmdModes: Record<Task, { vfs: string[]; options: string[] }> = {
  tx: { vfs: [tested], options: ['--forward-mode=txonly', '--txpkts=60', `--eth-peer=0,${macs[1]}`] },
  rx: { vfs: [tested], options: ['--forward-mode=rxonly'] },
  forward: {
    vfs: [tested, other],
    options: [
      ...['--forward-mode=mac', '--tx-first', '--txpkts=60', '--port-topology=paired'],
      ...[`--eth-peer=0,${macs[1]}`, `--eth-peer=1,${macs[0]}`],
    ],
  },
};

function testpmd(task: Task): Promise<Rate> {
  const { vfs, options } = testpmdModes[task];
  const shape = ['--burst=32', '--rxd=512', '--txd=512'];
  return countedTestpmd(vfs, task === 'rx' ? 'RX' : 'TX', [...shape, ...options]).measure();
}

type Sides = [SideName, () => Promise<Rate>][];

function* againstTestpmd(task: Task): Generator<[Peer, Sides]> {
  if (testpmdMissing !== undefined) return;
  const sides: Sides = [
    ['ours', () => ours(task)],
    ['theirs', () => testpmd(task)],
  ];
  if (task !== 'forward') sides.push(['command', () => ourCommand(task)]);
  yield ['testpmd', sides];
}

function* againstLinux(task: Task): Generator<[Peer, Sides]> {
  for (const [peer, measure] of linuxPeers(nic, loop)) {
    if (task === 'forward' && peer !== 'packet:') continue;
    yield [
      peer,
      [
        ['ours', () => ours(task)],
        ['theirs', () => measure(task)],
      ],
    ];
  }
}

/** Which side begins changes with every pair. */
async function compare(task: Task, pair: number, [peer, sides]: [Peer, Sides]): Promise<void> {
  for (let turn = 0; turn < sides.length; turn++) {
    const [side, measure] = sides[(turn + pair) % sides.length]!;
    console.log(JSON.stringify({ peer, task, pair, side, rate: await measure() }));
  }
}

const tasks = process.argv[2]!.split(',') as Task[];
const pair = Number(process.argv[3]);
await nic.assignMacs();
const generator = tasks.includes('rx')
  ? new Counted(otherCpu, [...loop, 'tx', other, nic.vfMac(0)])
  : undefined;
await generator?.warm();
generator?.ignore();
for (const comparisonsOf of [againstTestpmd, againstLinux]) {
  for (const task of tasks) {
    for (const comparison of comparisonsOf(task)) await compare(task, pair, comparison);
  }
}
await generator?.end();
