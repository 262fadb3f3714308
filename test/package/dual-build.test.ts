import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { limitMs } from '../support/limits.ts';

const root = join(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

/** What the current sources hash to. */
function sourcesHash(): string {
  return execFileSync(process.execPath, [join(root, 'scripts/sources-hash.mjs')], {
    encoding: 'utf8',
  }).trim();
}

describe('the two builds', () => {
  it('make the same addon: gyp the one that ships, CMake the developer’s', function () {
    this.timeout(limitMs(1200));
    execFileSync(
      join(root, 'node_modules/.bin/cmake-js'),
      ['compile', '--out', 'build-cmake', '--parallel', '2'],
      {
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const gyp = require(join(root, 'build/Release/vfio_pmd.node'));
    const cmake = require(join(root, 'build-cmake/Release/vfio_pmd.node'));
    const built = gyp.control.buildInfo().value;
    assert.deepEqual(cmake.control.buildInfo().value, built);
    assert.deepEqual(Object.keys(cmake).sort(), Object.keys(gyp).sort());
    assert.deepEqual(Object.keys(cmake.control).sort(), Object.keys(gyp.control).sort());
    assert.equal(
      built.sourcesHash,
      sourcesHash(),
      'the addon was built from these sources: npm run build:native',
    );
  });
});
