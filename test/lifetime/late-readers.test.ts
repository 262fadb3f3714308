import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodes } from '../package/support/nodes.ts';
import { compiled } from '../support/compiled.ts';

const program = fileURLToPath(new URL('../support/late-readers-program.mjs', import.meta.url));

/** What the program does, what comes of it, and whether it takes ArrayBuffer.prototype.transfer. */
const cases = [
  {
    what: 'jobs',
    title: "jobs of Node's thread pool outlast the pool whose memory they use",
    expected: { ended: 40 },
    transfers: false,
  },
  {
    what: 'moved',
    title: 'memory that was moved to another ArrayBuffer outlasts its pool',
    expected: { before: 7, length: 4096 * 2240, after: 8, codes: Array(4).fill('ERR_PMD_CLOSED') },
    transfers: true,
  },
  {
    what: 'worker',
    title: 'memory that was moved to another thread outlasts the worker, and is nobody else’s',
    expected: { counts: [8], application: 0 },
    transfers: true,
  },
  {
    what: 'count',
    title: 'a count that another thread changes within a call leads nowhere else',
    expected: { rounds: true },
    transfers: true,
  },
  {
    what: 'freed',
    title: 'a burst whose memory has ended never stands for another burst',
    expected: { codes: ['ERR_PMD_CLOSED'], counts: [4], application: 80 },
    transfers: true,
  },
];

describe('memory that is looked at after its end', function () {
  this.timeout(120_000);
  for (const { version, path } of nodes()) {
    for (const { what, title, expected, transfers } of cases) {
      it(`${title}, on Node ${version}`, function () {
        if (transfers && version.startsWith('v20.')) {
          this.test!.title += ' [it has no ArrayBuffer.prototype.transfer]';
          this.skip();
        }
        const { status, signal, stdout, stderr } = spawnSync(
          path,
          ['--expose-gc', program, what, compiled('src/index.ts')],
          { encoding: 'utf8' },
        );
        assert.deepEqual({ status, signal }, { status: 0, signal: null }, stderr);
        assert.deepEqual(JSON.parse(stdout), expected);
      });
    }
  }
});
