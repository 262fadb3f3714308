import assert from 'node:assert/strict';
import { chmod, chown, lchown, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheKey, openCache } from '../../src/lab/cache.ts';
import { fetchPackages } from '../../src/lab/setup.ts';
import { readDistribution } from '../../src/lab/tools.ts';
import { hashTree } from '../../src/lab/tree-hash.ts';
import { checkTrustedPath } from '../../src/lab/trusted-path.ts';
import { limitMs } from '../support/limits.ts';
import { skip } from '../support/skip.ts';

const somebodyElse = 12_345;

describe('what the lab has in its cache and runs', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lab-trust-test-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const refused = (promise: Promise<unknown>, reason: RegExp) =>
    assert.rejects(promise, { code: 'ERR_PMD_LAB', message: reason });

  it('is in a directory that only its user can change, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const cache = await openCache(join(directory, 'a', 'b'));
      assert.equal((await lstat(cache)).mode & 0o777, 0o700);
    } finally {
      process.umask(before);
    }
  });

  it('is trusted below a sticky directory, and through links of its user', async () => {
    await mkdir(join(directory, 'real'), { mode: 0o755 });
    await symlink('real', join(directory, 'link'));
    await checkTrustedPath(join(directory, 'link'));
    await symlink(join(directory, 'link'), join(directory, 'second'));
    await openCache(join(directory, 'second', 'lab'));
  });

  for (const mode of [0o775, 0o757, 0o1777]) {
    it(`is refused where others may write to the directory itself (${mode.toString(8)})`, async () => {
      const open = join(directory, 'open');
      await mkdir(open);
      await chmod(open, mode);
      await refused(openCache(open), /others may write to .*\/open \(run: chmod go-w/);
    });
  }

  it('is refused where others may write on the way, also on the way of a link', async () => {
    const open = join(directory, 'open');
    await mkdir(join(open, 'lab'), { recursive: true });
    await symlink(join('open', 'lab'), join(directory, 'link'));
    await chmod(open, 0o777);
    await refused(openCache(join(open, 'lab')), /others may write to .*\/open/);
    await refused(openCache(join(directory, 'link')), /others may write to .*\/open/);
  });

  it('is refused where somebody else owns a directory, a file or a link on the way', async function () {
    if (process.geteuid!() !== 0) skip(this, 'only root can give files to others');
    const [theirs, file, link] = ['theirs', 'file', 'link'].map((name) => join(directory, name));
    await mkdir(join(theirs!, 'lab'), { recursive: true });
    await writeFile(file!, '');
    await symlink('/root', link!);
    await chown(theirs!, somebodyElse, somebodyElse);
    await chown(file!, somebodyElse, somebodyElse);
    await lchown(link!, somebodyElse, somebodyElse);
    const reason = /belongs to user 12345 \(set XDG_CACHE_HOME/;
    for (const path of [join(theirs!, 'lab'), file!, link!]) await refused(checkTrustedPath(path), reason);
  });

  it('is refused at the end of links in a circle', async () => {
    await symlink('b', join(directory, 'a'));
    await symlink('a', join(directory, 'b'));
    await refused(checkTrustedPath(join(directory, 'a')), /in a circle/);
  });

  describe('and was fetched', () => {
    const packages = ['no-such-package'];
    let entry: string;
    let program: string;

    /** An entry as a lab leaves it, in the place where it looks for these packages. */
    beforeEach(async () => {
      entry = join(directory, `packages-${cacheKey((await readDistribution()).id, ...packages)}`);
      program = join(entry, 'root', 'usr', 'bin', 'program');
      await mkdir(join(entry, 'root', 'usr', 'bin'), { recursive: true });
      await writeFile(program, 'as fetched', { mode: 0o755 });
      await symlink('program', join(entry, 'root', 'usr', 'bin', 'alias'));
      const stamp = { packages, contents: await hashTree(join(entry, 'root')) };
      await writeFile(join(entry, 'stamp.json'), JSON.stringify(stamp));
    });

    const fetch = () => fetchPackages(packages, { cacheDirectory: directory, log: () => undefined });

    it('is used as long as it is what was fetched', async () => {
      assert.equal(await fetch(), join(entry, 'root'));
    });

    const changes: [what: string, change: () => Promise<void>][] = [
      ['contents', () => writeFile(program, 'planted')],
      ['what may be executed', () => chmod(program, 0o644)],
      [
        'a link',
        async () => {
          await rm(join(entry, 'root/usr/bin/alias'));
          await symlink('/bin/sh', join(entry, 'root/usr/bin/alias'));
        },
      ],
      ['a file that was added', () => writeFile(join(entry, 'root/usr/bin/more'), '')],
      ['a file that went away', () => rm(program)],
    ];
    for (const [what, change] of changes) {
      it(`is refused after a change of ${what}`, async () => {
        await change();
        await refused(fetch(), /is not what is there now \(run: pmd-bench lab setup --refresh/);
      });
    }

    it('is fetched again when an older version has left it, which kept no hash', async function () {
      this.timeout(limitMs(300));
      await writeFile(join(entry, 'stamp.json'), JSON.stringify({ packages }));
      await refused(fetch(), /no-such-package/); // nobody has it
      await assert.rejects(lstat(program), { code: 'ENOENT' });
    });

    it('is refused when others may change its stamp', async () => {
      await chmod(join(entry, 'stamp.json'), 0o666);
      await refused(fetch(), /others may write to .*stamp\.json/);
      await chmod(join(entry, 'stamp.json'), 0o644);
      await chmod(entry, 0o777);
      await refused(fetch(), /others may write to .*packages-/);
    });
  });
});
