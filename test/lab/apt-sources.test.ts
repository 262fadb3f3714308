import assert from 'node:assert/strict';
import {
  parseDeb822Sources,
  parseOneLineSources,
  renderDeb822,
  withBackports,
} from '../../src/lab/apt-sources.ts';
import { parseMadison, withoutHooks } from '../../src/lab/private-apt.ts';

describe('apt sources', () => {
  const deb822 = [
    'Types: deb deb-src',
    '# a comment between fields',
    'URIs: http://archive.example/debian',
    'Suites: bookworm bookworm-updates',
    'Components: main contrib',
    'signed-by:',
    ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
    ' .',
    ' abc',
    '',
    'Types: deb',
    'URIs: http://archive.example/debian-security',
    'Suites: bookworm-security',
    'Components: main',
    '',
    'Enabled: no',
    'Types: deb',
    'URIs: http://disabled.example/debian',
    'Suites: bookworm',
    '',
    'Types: deb-src',
    'URIs: http://sources.example/debian',
    'Suites: bookworm',
  ].join('\n');

  it('reads deb822 stanzas, folded keys included, and skips what is disabled or source only', () => {
    const sources = parseDeb822Sources(deb822);
    assert.deepEqual(
      sources.map(({ uris, suites, components }) => ({ uris, suites, components })),
      [
        {
          uris: ['http://archive.example/debian'],
          suites: ['bookworm', 'bookworm-updates'],
          components: ['main', 'contrib'],
        },
        {
          uris: ['http://archive.example/debian-security'],
          suites: ['bookworm-security'],
          components: ['main'],
        },
      ],
    );
    assert.equal(sources[0]!.fields.get('Signed-By'), '\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc');
  });

  it('reads one-line entries with and without options', () => {
    const sources = parseOneLineSources(
      [
        '# deb http://commented.example/debian bookworm main',
        'deb [arch=amd64,arm64 signed-by=/usr/share/keyrings/k.gpg] http://archive.example/debian bookworm main contrib # why',
        'deb-src http://archive.example/debian bookworm main',
        'deb\thttp://flat.example/repo ./',
      ].join('\n'),
    );
    assert.deepEqual(sources, [
      {
        uris: ['http://archive.example/debian'],
        suites: ['bookworm'],
        components: ['main', 'contrib'],
        fields: new Map([
          ['Architectures', 'amd64 arm64'],
          ['Signed-By', '/usr/share/keyrings/k.gpg'],
        ]),
      },
      { uris: ['http://flat.example/repo'], suites: ['./'], components: [], fields: new Map() },
    ]);
  });

  it('adds the backports suite to the archive that has the updates, once, and leaves other archives out', () => {
    const others = parseOneLineSources('deb http://other.example/apt nodistro main');
    const sources = withBackports([...others, ...parseDeb822Sources(deb822)], 'bookworm');
    assert.deepEqual(
      sources.map(({ uris, suites }) => [uris[0], suites]),
      [
        ['http://archive.example/debian', ['bookworm', 'bookworm-updates']],
        ['http://archive.example/debian-security', ['bookworm-security']],
        ['http://archive.example/debian', ['bookworm-backports']],
      ],
    );
    assert.deepEqual(withBackports(sources, 'bookworm'), sources);
  });

  it('renders what it read so that it reads the same again', () => {
    const sources = withBackports(parseDeb822Sources(deb822), 'bookworm');
    assert.deepEqual(parseDeb822Sources(renderDeb822(sources)), sources);
  });

  it("keeps the machine's apt settings but not its hooks", () => {
    const dump = [
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'DPkg::Post-Invoke:: "touch /etc/x";',
      'APT::Update::Post-Invoke-Success:: "rm -f /var/cache/apt/archives/*.deb";',
    ].join('\n');
    assert.equal(withoutHooks(dump), 'Acquire::http::Proxy "http://proxy.example:3128";');
  });

  it('reads the versions on offer, newest first, with their suites', () => {
    const versions = parseMadison([
      'qemu-system-x86 | 1:7.2+dfsg-7+deb12u18 | http://archive.example/debian bookworm/main amd64 Packages',
      'qemu-system-x86 | 1:10.0.2+ds-2~bpo12+1 | http://archive.example/debian bookworm-backports/main amd64 Packages',
      'qemu | 1:10.0.2+ds-2~bpo12+1 | http://archive.example/debian bookworm-backports/main Sources',
    ]);
    assert.deepEqual(versions, [
      { version: '1:10.0.2+ds-2~bpo12+1', suite: 'bookworm-backports' },
      { version: '1:7.2+dfsg-7+deb12u18', suite: 'bookworm' },
    ]);
  });
});
