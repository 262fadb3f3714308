import { createPool, openPort } from '../../src/index.ts';
import { LabError, runInGuest } from '../../src/lab/index.ts';
import type { BenchContext, Comparison } from '../comparison.ts';
import { figure, missing } from '../figure.ts';

/** How long a program waits: for a port, its first frame, its end; and for a guest with VFs. */
export const life: Comparison = {
  name: 'life',
  title: "opening a port, the first frame, closing; the lab's start",
  async run(context) {
    await ports(context);
    await lab(context);
  },
};

async function ports({ pairs, report }: BenchContext): Promise<void> {
  const [opening, first, closing]: [number[], number[], number[]] = [[], [], []];
  const pool = await createPool();
  const burst = pool.createBurst();
  for (let i = 0; i < pairs; i++) {
    const begin = performance.now();
    const port = await openPort(`emu:life${i},peer=flood`, { pool });
    const opened = performance.now();
    while (port.rx[0].receive(burst) === 0);
    const received = performance.now();
    burst.release();
    const closes = performance.now();
    await port.close();
    opening.push(opened - begin);
    first.push(received - opened);
    closing.push(performance.now() - closes);
  }
  await pool.close();
  const configuration = 'emulated VF, ring 512';
  report(figure({ name: 'openPort', configuration }, 'ms', opening));
  report(figure({ name: 'first frame after it', configuration }, 'ms', first));
  report(figure({ name: 'close', configuration }, 'ms', closing));
}

async function lab({ smoke, report }: BenchContext): Promise<void> {
  const head = { name: 'lab run -- true', configuration: 'one igb NIC with VFs' };
  if (smoke) {
    report(missing(head, 'a guest takes too long for a look at whether the bench runs'));
    return;
  }
  const seconds: number[] = [];
  for (let i = 0; i < 3; i++) {
    const begin = performance.now();
    try {
      const { exitCode } = await runInGuest({ command: ['true'], stdin: null });
      if (exitCode !== 0) throw new Error(`the guest's command ended with ${exitCode}`);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      report(missing(head, error.message.split('\n')[0]!));
      return;
    }
    seconds.push((performance.now() - begin) / 1000);
  }
  report(figure(head, 's', seconds));
}
