import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishDirectory } from '../../src/lab/cache.ts';

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

  it('drops what a killed process left, and nothing of a living one', async () => {
    const noProcess = 2 ** 30;
    const living = `kernel.aside-${process.pid}-00000000`;
    await mkdir(join(directory, `kernel.aside-${noProcess}-00000000`));
    await mkdir(join(directory, living));
    await publishDirectory(join(directory, 'kernel'), async () => undefined);
    assert.deepEqual((await readdir(directory)).sort(), ['kernel', living]);
  });
});
