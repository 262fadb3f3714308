import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { untilSeen } from '../support/until.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

describe('a lab that is stopped', () => {
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const) {
    it(`by ${signal} leaves no QEMU behind`, async () => {
      const lab = startLab();
      await once(lab.stdout!, 'data');
      const [qemu] = await childrenOf(lab.pid!);
      assert.equal(await isRunning(qemu!), true);
      lab.kill(signal);
      const [code] = await once(lab, 'close');
      assert.equal(code, exitCode);
      await untilSeen('the end of QEMU', async () => !(await isRunning(qemu!)));
    });
  }
});

/** Runs the command line's `lab run` with a command that says when it runs and then never ends. */
function startLab(): ChildProcess {
  const program = `
    import { labCommand } from './src/cli/lab.ts';
    await labCommand().parseAsync(['run', '--', 'sh', '-c', 'echo running; exec tail -f /dev/null'], { from: 'user' });
  `;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const children = text.split(' ').filter(Boolean).map(Number);
  const names = await Promise.all(children.map((child) => readFile(`/proc/${child}/comm`, 'utf8')));
  return children.filter((_, index) => names[index]!.startsWith('qemu'));
}

/** A process that nobody has waited for yet still has a directory, and the state Z. */
async function isRunning(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const state = text.slice(text.lastIndexOf(')') + 2)[0];
  return state !== undefined && !'ZX'.includes(state);
}
