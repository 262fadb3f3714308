import assert from 'node:assert/strict';
import { runsUnder } from '../../src/lab/accelerator.ts';
import { setupLab } from '../../src/lab/index.ts';
import { ensureInitramfs } from '../../src/lab/initramfs.ts';
import { limitMs, limitSeconds } from '../support/limits.ts';

describe('the probe guest', () => {
  it('says that it ran, and does not when it had no time to', async function () {
    this.timeout(limitMs(1800)); // it may have to fetch a kernel and QEMU first
    const lab = await setupLab();
    const initramfs = await ensureInitramfs(lab);
    assert.equal(await runsUnder('tcg', lab, initramfs, limitSeconds(280)), true);
    assert.equal(await runsUnder('tcg', lab, initramfs, 0.1), false);
  });
});
