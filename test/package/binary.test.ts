import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { limitMs } from '../support/limits.ts';
import { pack, root } from './support/packed.ts';

const require = createRequire(import.meta.url);
const prebuild = join(root, 'prebuilds', `linux-${process.arch}`, 'vfio-pmd.glibc.node');
const newestGlibc = [2, 34]; // Debian 12, Ubuntu 22.04, RHEL 9, Amazon Linux 2023

const show = (program: string, ...options: string[]) =>
  execFileSync(program, [...options, prebuild], { encoding: 'utf8' });

describe('the prebuild', function () {
  this.timeout(limitMs(1200));
  before(() => pack());

  it('was built from these sources', () => {
    const sources = execFileSync(process.execPath, [join(root, 'scripts/sources-hash.mjs')], {
      encoding: 'utf8',
    }).trim();
    const { sourcesHash, assertions, optimized } = require(prebuild).control.buildInfo().value;
    assert.deepEqual(
      { sourcesHash, assertions, optimized },
      { sourcesHash: sources, assertions: false, optimized: true },
    );
  });

  it('loads with the libraries of an older system', () => {
    const versions = [...show('objdump', '-T').matchAll(/\b(GLIBC|GLIBCXX|CXXABI)_([\d.]+)/g)];
    assert.ok(versions.length > 0);
    for (const [text, library, version] of versions) {
      const [major, minor] = version!.split('.').map(Number);
      assert.ok(
        library === 'GLIBC' && major === newestGlibc[0] && minor! <= newestGlibc[1]!,
        `needs ${text}`,
      );
    }
    const needed = [...show('objdump', '-p').matchAll(/NEEDED\s+(\S+)/g)].map(([, name]) => name);
    const allowed = /^(libc|libm|libpthread|libgcc_s|ld-linux-.*)\.so\.\d+$/;
    assert.deepEqual(
      needed.filter((name) => !allowed.test(name!)),
      [],
    );
  });

  it('shows the process nothing but what Node looks for', () => {
    const defined = show('nm', '--dynamic', '--defined-only').matchAll(/ [A-Za-z] (\S+)$/gm);
    assert.deepEqual([...defined].map(([, name]) => name).sort(), [
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
    ]);
  });

  it('stays loaded, and is stripped', () => {
    assert.match(show('readelf', '-d'), /NODELETE/);
    assert.doesNotMatch(show('readelf', '-S'), /\.symtab|\.debug/);
  });
});
