import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { skip } from '../support/skip.ts';

const program = fileURLToPath(new URL('../support/exhaustion-program.ts', import.meta.url));

interface Refused {
  code: string;
  message: string;
  syscall: string;
}

/** A program whose limits are changed while it runs. */
class Limited {
  readonly #child: ChildProcess;
  /** Rejects: no program ends before it is ended. */
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`the program ended with ${signal ?? code}`);
    });
    this.#ended.catch(() => undefined);
  }

  static async start(): Promise<Limited> {
    const child = fork(program, { execArgv: ['--import=tsx'] });
    await once(child, 'message');
    return new Limited(child);
  }

  async do(command: string): Promise<'ok' | Refused> {
    const answer = once(this.#child, 'message');
    this.#child.send(command);
    return (await Promise.race([answer, this.#ended]))[0] as 'ok' | Refused;
  }

  limit(what: 'nofile' | 'as', soft: number): void {
    execFileSync('prlimit', ['--pid', `${this.#child.pid}`, `--${what}=${soft}:`]);
  }

  limitOf(what: 'nofile' | 'as'): number {
    const shown = execFileSync('prlimit', [
      '--pid',
      `${this.#child.pid}`,
      `--${what}`,
      '-o',
      'SOFT',
      '--noheadings',
    ]);
    const soft = shown.toString().trim();
    return soft === 'unlimited' ? -1 : Number(soft);
  }

  addressSpace(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmSize:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  /** Nanoseconds that a thread of the program has computed. */
  computed(thread: string): number {
    const tasks = `/proc/${this.#child.pid}/task`;
    const found = readdirSync(tasks).filter(
      (id) => readFileSync(`${tasks}/${id}/comm`, 'utf8').trim() === thread,
    );
    assert.equal(found.length, 1, `threads called ${thread}`);
    return Number(readFileSync(`${tasks}/${found[0]}/schedstat`, 'utf8').split(' ')[0]);
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended.catch(() => undefined);
  }
}

function limited(body: (program: Limited) => Promise<void>): () => Promise<void> {
  return async () => {
    const program = await Limited.start();
    try {
      await body(program);
    } finally {
      await program.end();
    }
  };
}

function refusedFor(answer: 'ok' | Refused, code: string, cure: RegExp): asserts answer is Refused {
  assert.ok(answer !== 'ok', 'it was not refused');
  assert.equal(answer.code, code, answer.message);
  assert.match(answer.message, cure);
}

describe('a process that has run out', () => {
  before(function () {
    if (spawnSync('prlimit', ['--version']).status !== 0)
      skip(this, "needs prlimit: Debian's package util-linux");
  });

  it(
    'of descriptors says so for ports and pools, and goes on with those that it has',
    limited(async (program) => {
      assert.equal(await program.do('open'), 'ok');
      const before = program.limitOf('nofile');
      program.limit('nofile', 3); // below what is open
      for (const command of ['open', 'pool'])
        refusedFor(await program.do(command), 'ERR_PMD_DESCRIPTORS', /ulimit -n/);
      for (const command of ['attach', 'receive', 'refresh', 'receive'])
        assert.equal(await program.do(command), 'ok');
      program.limit('nofile', before);
      for (const command of ['open', 'pool', 'receive', 'close'])
        assert.equal(await program.do(command), 'ok');
    }),
  );

  it(
    'of descriptors is told so by its first port, too',
    limited(async (program) => {
      const before = program.limitOf('nofile');
      program.limit('nofile', 3);
      refusedFor(await program.do('open'), 'ERR_PMD_DESCRIPTORS', /ulimit -n/);
      program.limit('nofile', before);
      for (const command of ['open', 'receive', 'close']) assert.equal(await program.do(command), 'ok');
    }),
  );

  it(
    'of descriptors does not compute for nothing',
    limited(async (program) => {
      assert.equal(await program.do('open'), 'ok');
      program.limit('nofile', 0);
      assert.equal(await program.do('refresh'), 'ok');
      const before = program.computed('pmd-control');
      assert.equal(await program.do('rest'), 'ok');
      const computed = program.computed('pmd-control') - before;
      assert.ok(computed < 50e6, `its control thread computed for ${computed / 1e6} of 1000 ms`);
      assert.equal(await program.do('close'), 'ok');
    }),
  );

  it(
    'of room for threads is told so, and opens ports once there is some',
    limited(async (program) => {
      const before = program.limitOf('as');
      program.limit('as', program.addressSpace() + (4 << 20)); // a thread's stack takes 8 MiB
      refusedFor(await program.do('open'), 'ERR_PMD_THREADS', /ulimit -u/);
      program.limit('as', before);
      for (const command of ['open', 'receive', 'close']) assert.equal(await program.do(command), 'ok');
    }),
  );
});
