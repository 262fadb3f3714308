import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { markedProcesses, newMark, withMark } from '../../scripts/test/processes.mjs';

const root = join(import.meta.dirname, '../..');
/** Of all that these tests start: others may run the same ones just now. */
const mark = newMark();

/** Runs test files of fixtures/ as a step does; returns what was said. */
async function run(...names: string[]): Promise<string> {
  const files = names.map((name) => `test/scripts/fixtures/${name}.ts`);
  // Limits are for this: what hangs must not keep us for minutes.
  const env = { ...withMark(mark), PMD_TEST_BETWEEN_SECONDS: '10' };
  const child = spawn(process.execPath, ['scripts/test/mocha.mjs', ...files], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return output + errors;
}

const lastLine = (said: string) => said.trim().split('\n').at(-1);

describe('a step of test files', () => {
  it('fails in the file that its process dies in, and goes on with the files after that', async () => {
    const said = await run('passes', 'dies', 'passes');
    assert.match(said, /^mocha was ended by SIGKILL in: a file that dies is killed$/m);
    assert.equal(lastLine(said), '3 passed, 1 failed, 0 skipped');
  });

  it('fails in the file that its process dies of while it loads, and runs the others', async () => {
    const said = await run('passes', 'dies-loading', 'skips');
    assert.equal(lastLine(said), '1 passed, 1 failed, 2 skipped');
  });

  it('fails in the file that hangs, and goes on with the files after that', async () => {
    const said = await run('hangs', 'passes');
    assert.match(
      said,
      /^mocha hung, and was killed in: a file that hangs keeps its process from the event loop$/m,
    );
    assert.equal(lastLine(said), '1 passed, 1 failed, 0 skipped');
  });

  it('names each skipped test with its reason', async () => {
    const said = await run('skips');
    assert.match(said, /^skipped: a file that skips one of its tests \[for a reason\]$/m);
    assert.match(said, /^skipped: a file that skips a suite \[for another\] in which nothing runs$/m);
    assert.equal(lastLine(said), '0 passed, 0 failed, 2 skipped');
  });

  it('fails each test that leaves a process, a worker or a port, and ends what it left', async () => {
    const said = await run('leaves', 'passes');
    for (const [test, left] of [
      ['a process', /process \d+ \(sh -c sleep 86399; true\)/],
      ['a worker', /worker \d+/],
      ['a port', /port emu:left-\d+/],
    ] as const) {
      const found = new RegExp(
        `${test}:\\n +Error: the test has left, and the root hook has ended: ${left.source}`,
      );
      assert.match(said, found);
    }
    assert.match(said, /^failed: .*a port \[the test has left, .* port emu:left-\d+/m);
    assert.match(said, /ended what the test has left: process \d+ \(sleep 86398\)/);
    assert.equal(lastLine(said), '2 passed, 4 failed, 0 skipped');
    assert.deepEqual(markedProcesses(mark), []);
  });
});
