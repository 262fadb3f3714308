import assert from 'node:assert/strict';
import { withBuilds } from '../../scripts/test/builds.mjs';

describe('steps that need a build', () => {
  it('are not run when it failed, and are named as skipped', async () => {
    const run: string[] = [];
    const counts = (failed: number) => ({ passed: 1 - failed, failed, skipped: 0 });
    const runStep = withBuilds(async ({ name }: { name: string }) => {
      run.push(name);
      return {
        step: name,
        counts: counts(name === 'cmake' ? 1 : 0),
        failed: [],
        skipped: [],
        output: '',
        seconds: 0,
      };
    });
    const rows = [];
    for (const step of [
      { name: 'cmake' },
      { name: 'core', needs: ['cmake'] },
      { name: 'native', needs: ['core'], counts: true },
      { name: 'lab', counts: true },
    ]) {
      rows.push(await runStep(step));
    }
    assert.deepEqual(run, ['cmake', 'lab']);
    assert.deepEqual(
      rows.map(({ skipped }) => skipped),
      [[], ['all of it [cmake failed]'], ['all of it [core failed]'], []],
    );
  });
});
