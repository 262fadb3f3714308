import assert from 'node:assert/strict';
import { lutimes, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discardEntry, markUsed, publishDirectory, removeUnused } from '../../src/lab/cache.ts';

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

  describe('loses what no lab has used for a month', () => {
    const monthAgo = new Date(Date.now() - 31 * 86_400_000);
    const key = (digit: number) => String(digit).repeat(16);

    async function make(name: string, stamp?: string): Promise<void> {
      const path = join(directory, name);
      if (name.includes('.')) await writeFile(path, '');
      else await mkdir(join(path, 'root'), { recursive: true });
      if (stamp !== undefined) await writeFile(join(path, 'stamp.json'), stamp);
      await utimes(path, monthAgo, monthAgo);
    }

    it('and keeps what was used', async () => {
      const entries = [`initramfs-${key(1)}.cpio`, `kvm-${key(1)}.json`, `initramfs-${key(2)}.cpio`];
      for (const name of entries) await make(name);
      for (const name of ['kernel', 'tools', 'packages'])
        await make(`${name}-${key(1)}`, '{ "packages": [] }');
      await make(`kernel-${key(2)}`, '{ "packages": [] }');
      await writeFile(join(directory, `initramfs-${key(3)}.cpio`), '');
      await markUsed(join(directory, `kernel-${key(2)}`));
      await markUsed(join(directory, `initramfs-${key(2)}.cpio`));
      await removeUnused(directory);
      assert.deepEqual((await readdir(directory)).sort(), [
        `initramfs-${key(2)}.cpio`,
        `initramfs-${key(3)}.cpio`,
        `kernel-${key(2)}`,
      ]);
    });

    it('and nothing that no lab has made', async () => {
      const others = ['kernel-6.1', 'tools-old', 'packages-', 'initramfs-6.1.img', 'kvm-notes.json', 'mine'];
      for (const name of others) await make(name, name.includes('.') ? undefined : '{ "packages": [] }');
      await make(`tools-${key(1)}`); // without a stamp
      await make(`packages-${key(1)}`, '{ "name": "of something else" }');
      const before = (await readdir(directory)).sort();
      await removeUnused(directory);
      for (const name of before) await discardEntry(join(directory, name));
      assert.deepEqual((await readdir(directory)).sort(), before);
    });

    it('and nothing behind a link', async () => {
      await mkdir(join(directory, 'elsewhere'));
      await writeFile(join(directory, 'elsewhere', 'stamp.json'), '{ "packages": [] }');
      await symlink('elsewhere', join(directory, `tools-${key(1)}`));
      await lutimes(join(directory, `tools-${key(1)}`), monthAgo, monthAgo);
      await removeUnused(directory);
      assert.deepEqual((await readdir(directory)).sort(), ['elsewhere', `tools-${key(1)}`]);
    });
  });

  it('drops what a killed process left, and nothing of a living one', async () => {
    const noProcess = 2 ** 30;
    const living = `kernel.aside-${process.pid}-00000000`;
    await mkdir(join(directory, `kernel.aside-${noProcess}-00000000`));
    await mkdir(join(directory, living));
    const named = 'kernel.aside-by-hand'; // by nobody's process
    await mkdir(join(directory, named));
    await publishDirectory(join(directory, 'kernel'), async () => undefined);
    assert.deepEqual((await readdir(directory)).sort(), ['kernel', named, living].sort());
  });
});
