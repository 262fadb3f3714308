import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { ownLinks, sizeLimit } from '../../scripts/release/tarball.mjs';
import { limitMs } from '../support/limits.ts';
import { pack, root } from './support/packed.ts';

/** All files below a directory of the repository, by their path in it. */
function filesIn(directory: string): string[] {
  return readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

describe('the tarball', function () {
  this.timeout(limitMs(1200));
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  it('has what a user needs, and nothing else', () => {
    const sources = filesIn('src').map((file) => file.replace(/^src/, 'dist').replace(/\.ts$/, ''));
    const expected = [
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      ...filesIn('docs').filter((file) => /^docs\/([^/]+\.md|ports\/.+|images\/.+)$/.test(file)),
      ...filesIn('examples'),
      'package.json',
      `prebuilds/linux-${process.arch}/vfio-pmd.glibc.node`,
      'scripts/build-from-source.mjs',
      'scripts/sources-hash.mjs',
      ...filesIn('schema'),
      ...filesIn('native'),
      ...filesIn('wasm'),
      ...sources.flatMap((file) => [`${file}.js`, `${file}.d.ts`]),
    ];
    assert.deepEqual(pack().files, expected.sort());
  });

  it('has all that its README links to and shows', () => {
    const own = ownLinks(readFileSync(join(root, 'README.md'), 'utf8'));
    assert.ok(own.length > 10);
    assert.deepEqual(
      own.filter((link) => !pack().files.includes(link)),
      [],
    );
  });

  it('is small', () => {
    assert.ok(pack().size < sizeLimit, `${pack().size} bytes`);
  });

  it('runs nothing when it is installed', () => {
    assert.ok(!pack().files.includes('binding.gyp'));
    assert.equal(manifest.gypfile, false);
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
      assert.equal(manifest.scripts[script], undefined, script);
    }
  });

  it('is what its package.json promises to every resolver', async () => {
    const { buffer, byteLength } = new Uint8Array(readFileSync(pack().tarball));
    const { messages, pkg } = await publint({
      strict: true,
      level: 'suggestion',
      pack: { tarball: buffer.slice(0, byteLength) },
    });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });
});
