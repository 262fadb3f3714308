import assert from 'node:assert/strict';
import { runsUnder } from '../../src/lab/accelerator.ts';
import { setupLab } from '../../src/lab/index.ts';
import { ensureInitramfs } from '../../src/lab/initramfs.ts';

const aboutToFetchMs = 600_000;

describe('the probe guest', () => {
  it('says that it ran, and does not when it had no time to', async function () {
    this.timeout(aboutToFetchMs);
    const lab = await setupLab();
    const initramfs = await ensureInitramfs(lab);
    assert.equal(await runsUnder('tcg', lab, initramfs, 60), true);
    assert.equal(await runsUnder('tcg', lab, initramfs, 0.1), false);
  });
});
