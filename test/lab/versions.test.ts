import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareDebianVersions } from '../../src/lab/debian-version.ts';
import { selectKernelPackages } from '../../src/lab/kernel.ts';
import { findProgram, run } from '../../src/lab/process.ts';
import { skip } from '../support/skip.ts';

describe('Debian versions', () => {
  const ascending = [
    '0~rc1',
    '0',
    '1.0~~',
    '1.0~beta1',
    '1.0',
    '1.0-1',
    '1.0-1+b1',
    '1.0a',
    '1.0+x',
    '1.2',
    '1.10',
    '1:0.9',
    '1:7.2+dfsg-7+deb12u18+b3',
    '1:10.0.2+ds-2+deb13u1~bpo12+1',
    '1:10.0.2+ds-2+deb13u1',
  ];

  it('sort as Debian sorts them', () => {
    assert.deepEqual(ascending.toReversed().sort(compareDebianVersions), ascending);
  });

  it('compare as dpkg compares them', async function () {
    if ((await findProgram('dpkg')) === undefined) skip(this, 'no dpkg here');
    const part = fc.stringMatching(/^[0-9][0-9a-zA-Z.+~]{0,5}$/);
    const version = fc.tuple(part, fc.option(part)).map(([a, b]) => (b === null ? a : `${a}-${b}`));
    const relation = async (a: string, b: string, name: string) =>
      (await run('dpkg', ['--compare-versions', a, name, b])).exitCode === 0;
    await fc.assert(
      fc.asyncProperty(version, version, async (a, b) => {
        const order = compareDebianVersions(a, b);
        const name = order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq';
        assert.ok(await relation(a, b, name), `dpkg does not say ${a} ${name} ${b}`);
      }),
      { numRuns: 200 },
    );
  });
});

describe('kernel packages', () => {
  const offered = [
    'linux-image-6.1.0-9-amd64',
    'linux-image-6.1.0-56-amd64',
    'linux-image-6.1.0-56-amd64-unsigned',
    'linux-image-6.12.95+deb12-amd64',
    'linux-image-6.12.117+deb12-amd64',
    'linux-image-6.12.117+deb12-amd64-dbg',
    'linux-image-6.12.117+deb12-cloud-amd64',
    'linux-image-6.12.117+deb12-rt-amd64',
    'linux-image-6.12-amd64',
    'linux-image-6.12-amd64-signed-template',
    'linux-image-amd64',
    'linux-modules-6.12.117+deb12-amd64',
  ];

  it('are chosen newest first, signed before unsigned, without cloud, real-time and meta packages', () => {
    assert.deepEqual(selectKernelPackages(offered), [
      'linux-image-6.12.117+deb12-amd64',
      'linux-image-6.12.95+deb12-amd64',
      'linux-image-6.1.0-56-amd64',
      'linux-image-6.1.0-56-amd64-unsigned',
      'linux-image-6.1.0-9-amd64',
    ]);
  });

  it('are found by the start of a version, which ends where a number ends', () => {
    assert.equal(selectKernelPackages(offered, '6.1')[0], 'linux-image-6.1.0-56-amd64');
    assert.equal(selectKernelPackages(offered, '6.12')[0], 'linux-image-6.12.117+deb12-amd64');
    assert.deepEqual(selectKernelPackages(offered, '5.10'), []);
  });

  it('are found by their whole name', () => {
    const name = 'linux-image-6.1.0-56-amd64-unsigned';
    assert.deepEqual(selectKernelPackages(offered, name), [name]);
  });
});
