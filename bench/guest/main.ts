// Runs in the lab's guest: our programs and others' on the same VF, in turns, in one boot. Prints a line of JSON for each.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Results } from '../../src/measure/results.ts';
import { bind, interfaceOf, Nic } from '../../test/guest/support/nic.ts';
import { Testpmd } from '../../test/guest/support/testpmd.ts';
import { until } from '../../test/guest/support/until.ts';
import { type GuestSample, seconds, type Task } from './sample.ts';

const execute = promisify(execFile);
const nic = Nic.ofGuest();
const [tested, other] = [nic.vf(0), nic.vf(1)];
const cli = join(import.meta.dirname, '../../src/cli/main.js');
const afPacket = join(import.meta.dirname, '../../../af-packet');
const shape = ['--burst', '32', '--rx-ring', '512', '--tx-ring', '512'];
// the tested program has the first processor, as testpmd takes it; the generator the second
const onCpu = (cpu: number, args: readonly string[]) => ['-c', String(cpu), process.execPath, cli, ...args];

/** From when a program has opened its VF to when it is at full speed, on an emulated processor. */
const startSeconds = 2;

function say(sample: GuestSample): void {
  console.log(JSON.stringify(sample));
}

interface Tested {
  /** Ends the program; frames that count for the task, and how long it has moved them by its own clock. */
  end(): Promise<{ frames: number; elapsed: number }>;
}

/** Our command on the tested VF, which it has opened. */
async function ours(task: Task): Promise<Tested> {
  const own = { tx: ['--size', '64', '--dst', nic.vfMac(1)], rx: [], forward: ['--mode', 'macswap'] }[task];
  const command = task === 'forward' ? 'fwd' : task;
  const child = spawn('taskset', onCpu(0, [command, tested, ...own, ...shape, '--json']), {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const document = text(child.stdout);
  await until('the port', () => holdsVfio(child.pid!));
  return {
    async end() {
      child.kill('SIGINT');
      const { ports, durationSeconds } = JSON.parse(await document) as Results;
      const [port] = ports;
      return { frames: task === 'rx' ? port!.rxPackets : port!.txPackets, elapsed: durationSeconds };
    },
  };
}

function holdsVfio(pid: number): boolean {
  const descriptors = `/proc/${pid}/fd`;
  return readdirSync(descriptors).some((fd) => {
    try {
      return readlinkSync(join(descriptors, fd)).startsWith('/dev/vfio/');
    } catch {
      return false; // closed meanwhile
    }
  });
}

/** testpmd on it, from its first word that it forwards to the word that ends it. */
async function theirs(task: Task): Promise<Tested> {
  const mode = { tx: 'txonly', rx: 'rxonly', forward: 'macswap' }[task];
  const sizes = task === 'tx' ? ['--txpkts=60', `--eth-peer=0,${nic.vfMac(1)}`] : [];
  const options = [`--forward-mode=${mode}`, '--burst=32', '--rxd=512', '--txd=512', ...sizes];
  const testpmd = await Testpmd.start(tested, ...options);
  const begin = performance.now();
  return {
    async end() {
      const elapsed = (performance.now() - begin) / 1000;
      const { received, sent } = await testpmd.end();
      return { frames: task === 'rx' ? received : sent, elapsed };
    },
  };
}

/** The other VF sends to the tested one as fast as it goes; returns for how long. */
async function load(): Promise<number> {
  const args = [
    'tx',
    other,
    '--size',
    '64',
    '--dst',
    nic.vfMac(0),
    ...shape,
    '--duration',
    `${seconds}s`,
    '--json',
  ];
  const { stdout } = await execute('taskset', onCpu(1, args), { maxBuffer: 16 << 20 });
  return (JSON.parse(stdout) as Results).durationSeconds;
}

async function measure(side: GuestSample['side'], task: Task): Promise<number> {
  const program = await (side === 'ours' ? ours(task) : theirs(task));
  await delay(startSeconds * 1000);
  const loaded = task === 'tx' ? undefined : await load();
  if (loaded === undefined) await delay(seconds * 1000);
  const { frames, elapsed } = await program.end();
  return frames / (loaded ?? elapsed);
}

async function compare(task: Task, pairs: number): Promise<void> {
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of pair % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const))
      say({ peer: 'testpmd', task, pair, side, framesPerSecond: await measure(side, task) });
  }
}

/** Sending over Linux's igbvf, by CPU time: our program spins, so it takes a second of CPU each second. */
async function compareWithLinux(pairs: number): Promise<void> {
  execFileSync('modprobe', ['igbvf']);
  for (let pair = 0; pair < pairs; pair++) {
    say({ peer: 'AF_PACKET', task: 'tx', pair, side: 'ours', framesPerSecond: await measure('ours', 'tx') });
    await bind(tested, 'igbvf');
    const name = interfaceOf(tested);
    await nic.ip('link', 'set', name, 'up');
    await delay(1000); // its link
    const args = ['-c', '0', afPacket, name, nic.vfMac(1), nic.vfMac(0), `${seconds}`];
    const { stdout } = await execute('taskset', args);
    const [frames, , cpuSeconds] = stdout.split(' ').map(Number) as [number, number, number];
    say({ peer: 'AF_PACKET', task: 'tx', pair, side: 'theirs', framesPerSecond: frames / cpuSeconds });
    await bind(tested, 'vfio-pci');
  }
}

const pairs = Number(process.argv[2]);
await nic.assignMacs();
if (Testpmd.missing === undefined)
  for (const task of ['tx', 'forward', 'rx'] as const) await compare(task, pairs);
await compareWithLinux(Math.min(pairs, 5));
