import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { execute } from '../../scripts/test/execute.mjs';

/** Runs a shell script as a step. */
async function run(script: string, counts: boolean) {
  const step = { name: 'step', run: ['sh', ['-c', script]], ...(counts && { counts }) };
  return await execute(step, { cwd: '/', show: () => {} });
}

describe('a step', () => {
  for (const [what, script, counts, expected] of [
    ['of one test passes', 'true', false, [1, 0, 0]],
    ['of one test fails', 'false', false, [0, 1, 0]],
    ['that can not run is skipped', 'echo "skipped: it [no bus]"; exit 77', true, [0, 0, 1]],
    [
      'adds up what its programs count',
      'echo 2 passed, 0 failed; echo 3 passed, 0 failed, 1 skipped',
      true,
      [5, 0, 1],
    ],
    [
      'fails when it counts no failure and does not end well',
      'echo 2 passed, 0 failed; exit 3',
      true,
      [2, 1, 0],
    ],
    ['fails when it counts no test', 'true', true, [0, 1, 0]],
    ['fails when it is killed', 'echo 2 passed, 0 failed; kill -KILL $$', true, [2, 1, 0]],
    [
      'fails when a program of ctest dies uncounted',
      'echo "1: 2 passed, 0 failed"; echo "1 tests failed out of 2"; exit 8',
      true,
      [2, 1, 0],
    ],
  ] as const) {
    it(what, async () => {
      const { counts: found } = await run(script, counts);
      assert.deepEqual([found.passed, found.failed, found.skipped], expected);
    });
  }

  it('has the environment that it asks for, beside that of the run', async () => {
    const script = 'test "$PMD_TEST_OWN" = own && test -n "$PATH"';
    const step = { name: 'step', run: ['sh', ['-c', script]], env: { PMD_TEST_OWN: 'own' } };
    const { counts } = await execute(step, { cwd: '/', show: () => {} });
    assert.equal(counts.passed, 1);
  });

  it('says what ended it', async () => {
    assert.equal((await run('kill -SEGV $$', false)).problem, 'was ended by SIGSEGV');
    assert.equal((await run('exit 4', false)).problem, 'exited with 4');
    assert.match(
      (await execute({ name: 'none', run: ['/no/program', []] }, { cwd: '/', show: () => {} })).problem!,
      /ENOENT/,
    );
  });

  it('names what it skipped', async () => {
    const { skipped } = await run(
      'echo "skipped: one [no bus]"; echo "3: skipped: two [no disk]"; echo 0 passed, 0 failed, 2 skipped',
      true,
    );
    assert.deepEqual(skipped, ['one [no bus]', 'two [no disk]']);
  });

  it('names what failed, or says how it ended', async () => {
    const named = await run('echo "failed: one [too late]"; echo 1 passed, 1 failed; exit 1', true);
    assert.deepEqual(named.failed, ['one [too late]']);
    assert.deepEqual((await run('exit 3', false)).failed, ['exited with 3']);
    assert.deepEqual((await run('true', false)).failed, []);
  });

  it('ends what it has left, which could keep its output open for ever', async () => {
    const { output } = await run('sleep 86399 & echo $!', false);
    const pid = output.trim();
    // Its new parent may not have taken notice of its end yet, but a process that has ended has no command.
    assert.equal(existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '', '');
  });
});
