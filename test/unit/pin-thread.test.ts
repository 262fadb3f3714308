import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pinThread } from '../../src/index.ts';
import { pmdError } from '../support/errors.ts';

const allowed = (path: string) => /^Cpus_allowed_list:\t(.*)$/m.exec(readFileSync(path, 'utf8'))![1]!;

describe('pinThread', () => {
  it('leaves the thread one CPU', () => {
    const cpu = Number(/\d+$/.exec(allowed('/proc/thread-self/status'))![0]);
    // In a process of its own: the tests that follow have all CPUs.
    const program = `
      import { readFileSync } from 'node:fs';
      import { pinThread } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)};
      pinThread(${cpu});
      console.log(readFileSync('/proc/thread-self/status', 'utf8'));
    `;
    const status = execFileSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      { encoding: 'utf8' },
    );
    assert.match(status, new RegExp(`^Cpus_allowed_list:\\t${cpu}$`, 'm'));
  });

  it('refuses a CPU that there is not, and changes nothing', () => {
    const before = allowed('/proc/thread-self/status');
    assert.throws(() => pinThread(8191), pmdError('ERR_PMD_INVALID_ARGUMENT', /Cpus_allowed_list/));
    for (const wrong of [-1, 1.5, 8192, Number.NaN, '0' as never])
      assert.throws(() => pinThread(wrong), pmdError('ERR_PMD_INVALID_ARGUMENT'));
    assert.equal(allowed('/proc/thread-self/status'), before);
  });
});
