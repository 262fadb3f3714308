import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodes } from '../package/support/nodes.ts';
import { compiled } from '../support/compiled.ts';
import { scaled } from '../support/scale.ts';

const program = fileURLToPath(new URL('../support/termination-program.mjs', import.meta.url));
const ways = {
  timeout: 'a script whose time is up',
  interrupt: 'a script that is interrupted, as by Ctrl-C in the REPL',
  worker: 'a worker that is terminated',
} as const;

describe('JavaScript that is terminated while it calls the library', function () {
  this.timeout(600_000);
  for (const { version, path } of nodes()) {
    for (const [way, what] of Object.entries(ways)) {
      it(`ends, and the process goes on: ${what}, on Node ${version}`, () => {
        const rounds =
          way === 'worker' ? scaled('workers for each call', 2) : scaled('scripts for each call', 10);
        const { status, signal, stdout, stderr } = spawnSync(
          path,
          [program, way, compiled('src/index.ts'), `${rounds}`],
          { encoding: 'utf8' },
        );
        assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' });
        const { ended, application } = JSON.parse(stdout) as {
          ended: Record<string, number>;
          application: number;
        };
        assert.ok(Object.keys(ended).length >= 12);
        for (const [call, count] of Object.entries(ended)) assert.equal(count, rounds, call);
        assert.equal(application, 0, 'no buffer is lost');
      });
    }
  }
});
