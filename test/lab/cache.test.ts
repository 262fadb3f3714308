import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markUsed, publishDirectory, removeUnused } from '../../src/lab/cache.ts';

describe('the cache', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lab-cache-test-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('holds one whole copy after several fill it at once', async () => {
    const target = join(directory, 'kernel');
    const fill = (name: string) =>
      publishDirectory(target, async (aside) => {
        for (const part of ['a', 'b']) await writeFile(join(aside, part), name);
      });
    await Promise.all(['first', 'second', 'third'].map(fill));
    assert.deepEqual(await readdir(directory), ['kernel']);
    const [a, b] = await Promise.all(['a', 'b'].map((part) => readFile(join(target, part), 'utf8')));
    assert.equal(a, b);
  });

  it('keeps nothing of a filling that failed', async () => {
    const filling = publishDirectory(join(directory, 'kernel'), async (aside) => {
      await writeFile(join(aside, 'half'), '');
      throw new Error('no network');
    });
    await assert.rejects(filling, /no network/);
    assert.deepEqual(await readdir(directory), []);
  });

  it('loses what no lab has used for a month, and nothing else', async () => {
    const entries = ['initramfs-1.cpio', 'kvm-1.json', 'kernel-1', 'tools-1', 'packages-1', 'not-ours'];
    const monthAgo = new Date(Date.now() - 31 * 86_400_000);
    for (const name of [...entries, 'kernel-2', 'initramfs-2.cpio']) {
      const path = join(directory, name);
      if (name.includes('.')) await writeFile(path, '');
      else await mkdir(join(path, 'root'), { recursive: true });
      await utimes(path, monthAgo, monthAgo);
    }
    await writeFile(join(directory, 'initramfs-3.cpio'), '');
    await markUsed(join(directory, 'kernel-2'));
    await markUsed(join(directory, 'initramfs-2.cpio'));
    await removeUnused(directory);
    assert.deepEqual((await readdir(directory)).sort(), [
      'initramfs-2.cpio',
      'initramfs-3.cpio',
      'kernel-2',
      'not-ours',
    ]);
  });

  it('drops what a killed process left, and nothing of a living one', async () => {
    const noProcess = 2 ** 30;
    const living = `kernel.aside-${process.pid}-00000000`;
    await mkdir(join(directory, `kernel.aside-${noProcess}-00000000`));
    await mkdir(join(directory, living));
    await publishDirectory(join(directory, 'kernel'), async () => undefined);
    assert.deepEqual((await readdir(directory)).sort(), ['kernel', living]);
  });
});
