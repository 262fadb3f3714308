import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { applyFix, diagnose, type Finding } from '../../src/devices/index.ts';
import { pmdError } from '../support/errors.ts';
import { RecordedHost } from './support/recorded.ts';

const vfs = 'sys/bus/pci/devices/0001:01:00.0/sriov_numvfs';

async function first(recorded: RecordedHost): Promise<Finding> {
  const { findings } = await diagnose(undefined, { host: recorded.host });
  return findings[0]!;
}

describe('Commands of a finding', () => {
  it('write to the machine that it is about', async () => {
    using recorded = new RecordedHost('raspberry-pi-i350');
    recorded.add(`file /${vfs} 0`);
    const finding = await first(recorded);
    assert.deepEqual([finding.id, finding.fixable], ['no-vfs', true]);
    await applyFix(finding, recorded.host);
    assert.equal(readFileSync(join(recorded.root, vfs), 'utf8'), '2');
  });

  it('make no file that is not there, and say which command failed', async () => {
    using recorded = new RecordedHost('raspberry-pi-i350');
    const finding = await first(recorded);
    const message = /^echo 2 \| sudo tee \/sys\/bus\/pci\/devices\/0001:01:00\.0\/sriov_numvfs: ENOENT/;
    await assert.rejects(applyFix(finding, recorded.host), pmdError('ERR_PMD_ACCESS', message));
    mkdirSync(join(recorded.root, vfs));
    await assert.rejects(applyFix(finding, recorded.host), pmdError('ERR_PMD_ACCESS', /EISDIR/));
  });

  it('run no program for a recorded tree', async () => {
    using recorded = new RecordedHost('82576-pf-down');
    const { findings } = await diagnose('0000:09:10.0', { host: recorded.host });
    await assert.rejects(
      applyFix(findings[0]!, recorded.host),
      pmdError('ERR_PMD_ACCESS', /this machine only/),
    );
  });

  it('need no shell: text is written as it is', async () => {
    using recorded = new RecordedHost('raspberry-pi-i350');
    recorded.add(`file /${vfs} 0`);
    const text = '2; touch $(echo /tmp/owned) `id` "\\n';
    const finding = await first(recorded);
    finding.steps[0]!.commands = [{ path: `/${vfs}`, text }];
    await applyFix(finding, recorded.host);
    assert.equal(readFileSync(join(recorded.root, vfs), 'utf8'), text);
    rmSync(join(recorded.root, vfs));
  });
});
