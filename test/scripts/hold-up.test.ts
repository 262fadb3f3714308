import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { markedProcesses, newMark, withMark } from '../../scripts/test/processes.mjs';
import { untilSeen } from '../support/until.ts';

const root = join(import.meta.dirname, '../..');

/** Runs a file of fixtures/, held up, and whatever that starts with a mark. */
function start(name: string, mark: string) {
  const args = ['scripts/test/hold-up.mjs', '--seed', '7', `test/scripts/fixtures/${name}.ts`];
  return spawn(process.execPath, args, {
    cwd: root,
    env: withMark(mark),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('tests whose process is held up', () => {
  it('are stopped in the middle, and go on; their counts and their end are those of the run', async () => {
    const mark = newMark();
    const child = start('held-up', mark);
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    assert.equal(code, 1, said);
    assert.match(said, /^failed: a file that looks at the clock was held up \[held up\]$/m);
    assert.match(said, /^0 passed, 1 failed, 0 skipped$/m);
    assert.match(said, /^held up \d+ times, with --seed 7$/m);
    assert.deepEqual(markedProcesses(mark), []);
  });

  it('end with the run that holds them up, stopped or not', async () => {
    const mark = newMark();
    const child = start('hangs', mark);
    const closed = once(child, 'close');
    child.stdout.resume();
    await untilSeen('the tests to run', () =>
      markedProcesses(mark).some(({ command }: { command: string }) => command.includes('mocha/lib/cli')),
    );
    child.kill('SIGTERM');
    await closed;
    assert.deepEqual(markedProcesses(mark), []);
  });
});
