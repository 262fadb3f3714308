import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordedHost } from '../../test/devices/support/recorded.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { type FigureHead, figure, missing } from '../figure.ts';

const mostMs = 300;
const bar = `${mostMs} ms at most`;
const dist = join(import.meta.dirname, '../../dist');

/** How long somebody waits for the list of devices, from the start of the process to its end. */
export const devices: Comparison = {
  name: 'devices',
  title: 'pmd-bench devices: on this machine, under a read-only /sys, and with 256 VFs',
  async run(context) {
    const command = [process.execPath, join(dist, 'cli/main.js'), 'devices', '--json'];
    measure(context, { name: 'pmd-bench devices', configuration: 'this machine' }, command);
    const readOnly = ['unshare', '--mount', 'sh', '-c', 'mount -o remount,bind,ro /sys && exec "$@"', 'sh'];
    const head = { name: 'pmd-bench devices', configuration: 'read-only /sys' };
    measure(context, head, [...readOnly, ...command]);
    for (const name of ['no-nic', 'e810-256-vfs', 'kubernetes-pod']) await recorded(context, name);
  },
};

/** The same of another machine: the command has no option for that, so a program does what it does. */
async function recorded(context: BenchContext, name: string): Promise<void> {
  using tree = new RecordedHost(name);
  const directory = mkdtempSync(join(tmpdir(), 'vfio-pmd-bench-'));
  try {
    const program = join(directory, 'list.mjs');
    const interfaces = JSON.stringify(await tree.host.interfaces());
    writeFileSync(
      program,
      `import { createProgram } from ${JSON.stringify(join(dist, 'cli/program.js'))};
import { Host, listDevices } from ${JSON.stringify(join(dist, 'devices/index.js'))};
createProgram();
const host = new Host({ root: process.argv[2], interfaces: async () => (${interfaces}) });
console.log(JSON.stringify(await listDevices(host), null, 2));
`,
    );
    const head = { name: 'the same', configuration: `recorded: ${name}` };
    measure(context, head, [process.execPath, program, tree.root]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function measure({ pairs, report }: BenchContext, head: FigureHead, command: string[]): void {
  const times: number[] = [];
  for (let i = 0; i < pairs; i++) {
    const begin = performance.now();
    const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' });
    times.push(performance.now() - begin);
    if (status === 0 && JSON.parse(stdout).schema === 'pmd-bench-devices/1') continue;
    report(missing(head, stderr.trim().split('\n')[0] || `it ended with ${status}`, bar));
    return;
  }
  const whole = figure(head, 'ms', times);
  report({ ...whole, bar: { text: bar, met: whole.value === null ? null : whole.value.median <= mostMs } });
}
