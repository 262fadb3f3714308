import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { limitMs } from '../support/limits.ts';

const root = join(import.meta.dirname, '../..');
const prebuild = `prebuilds/linux-${process.arch}/vfio-pmd.glibc.node`;

/** The repository as it is here, committed, in a directory of its own. */
class Copy {
  readonly directory = mkdtempSync(join(tmpdir(), 'vfio-pmd-release-test-'));

  constructor() {
    const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
      cwd: root,
      encoding: 'utf8',
    });
    for (const file of files.split('\0').filter(Boolean)) this.#bring(file, file);
    cpSync(join(root, 'dist'), join(this.directory, 'dist'), { recursive: true });
    this.#bring('build/Release/vfio_pmd.node', prebuild);
    symlinkSync(join(root, 'node_modules'), join(this.directory, 'node_modules'));
    this.git('init', '--quiet', '--initial-branch', 'main');
    writeFileSync(join(this.directory, '.git/info/exclude'), 'node_modules\n');
    this.commit();
  }

  #bring(from: string, to: string): void {
    mkdirSync(dirname(join(this.directory, to)), { recursive: true });
    copyFileSync(join(root, from), join(this.directory, to));
  }

  git(...args: string[]): void {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    execFileSync('git', [...who, ...args], { cwd: this.directory, stdio: 'ignore' });
  }

  commit(): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', 'test');
  }

  replace(file: string, from: string | RegExp, to: string): void {
    const path = join(this.directory, file);
    const before = readFileSync(path, 'utf8');
    const after = before.replace(from, to);
    assert.notEqual(after, before, `${file} has nothing to plant a fault in`);
    writeFileSync(path, after);
  }

  check(...options: string[]): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['scripts/release-check.mjs', '--built', ...options],
      { cwd: this.directory, encoding: 'utf8', timeout: limitMs(120) },
    );
    return { status, output: stdout + stderr };
  }
}

interface Planted {
  plant: (copy: Copy) => void;
  /** The check that must find it. */
  check: string;
  text: RegExp;
  options?: string[];
  uncommitted?: boolean;
  /** Other checks may find it, too. */
  spreads?: boolean;
}

const faults: Record<string, Planted> = {
  'a version of two numbers': {
    plant: (copy) => copy.replace('package.json', /"version": "[^"]+"/, '"version": "1.0"'),
    spreads: true, // npm takes no such package
    check: 'version',
    text: /has the version 1\.0/,
  },
  'a lock of another version': {
    plant: (copy) => copy.replace('package-lock.json', /"version": "[^"]+"/, '"version": "9.9.9"'),
    check: 'version',
    text: /package-lock\.json has the version 9\.9\.9/,
  },
  'a tag of another version': {
    plant: () => undefined,
    options: ['--tag', 'v9.9.9'],
    spreads: true, // nothing may be left to do then
    check: 'version',
    text: /the tag v9\.9\.9 is not that of/,
  },
  'a tag of another form': {
    plant: (copy) => copy.git('tag', 'release-1'),
    check: 'tags',
    text: /release-1 has not the form/,
  },
  'a version that was released': {
    plant: (copy) => {
      const { version } = JSON.parse(readFileSync(join(copy.directory, 'package.json'), 'utf8'));
      copy.git('tag', `v${version}`);
    },
    check: 'tags',
    text: /is another commit/,
  },
  'a file that nobody committed': {
    plant: (copy) => appendFileSync(join(copy.directory, 'README.md'), '\n'),
    uncommitted: true,
    check: 'work tree',
    text: /M README\.md/,
  },
  'a changelog of another version': {
    plant: (copy) => copy.replace('CHANGELOG.md', /^## \S+/m, '## 7.7.7'),
    check: 'changelog',
    text: /begins with 7\.7\.7/,
  },
  'a changelog without a day': {
    plant: (copy) => copy.replace('CHANGELOG.md', /^(## \S+) \(.*\)/m, '$1 (soon)'),
    check: 'changelog',
    text: /dates .* "soon"/,
  },
  'no word on how to report a vulnerability': {
    plant: (copy) => copy.replace('SECURITY.md', '## Report a vulnerability', '## Contact'),
    check: 'security',
    text: /has no part "## Report a vulnerability"/,
  },
  'a workflow that publishes without provenance': {
    plant: (copy) => copy.replace('.github/workflows/release.yml', ' --provenance', ''),
    check: 'workflows',
    text: /nobody can see where/,
  },
  'a workflow that needs a job which is not there': {
    plant: (copy) => copy.replace('.github/workflows/release.yml', 'needs: prebuild', 'needs: build'),
    check: 'workflows',
    text: /release\.yml:\d+: .*needs job "build"/,
  },
  'an action without steps': {
    plant: (copy) => copy.replace('action.yml', /^runs:[\s\S]*/m, 'runs:\n  using: composite\n'),
    check: 'workflows',
    text: /action\.yml: .*steps/,
  },
  'an export whose file is missing': {
    plant: (copy) => copy.replace('package.json', './dist/pcap/index.js', './dist/pcap/main.js'),
    spreads: true, // resolvers do not find it either
    check: 'tarball',
    text: /has no dist\/pcap\/main\.js/,
  },
  'tests in the tarball': {
    plant: (copy) => copy.replace('package.json', '"dist",', '"dist", "test/release",'),
    check: 'tarball',
    text: /the tarball has test\/release/,
  },
  'a link of the README to what is not packed': {
    plant: (copy) =>
      appendFileSync(join(copy.directory, 'README.md'), '\nSee [the build](CMakeLists.txt).\n'),
    check: 'tarball',
    text: /links to CMakeLists\.txt/,
  },
  'types that come after what they describe': {
    plant: (copy) =>
      copy.replace('package.json', /("types": "\.\/dist\/net[^\n]+),\n\s*("default": [^\n]+)/, '$2,\n$1'),
    check: 'resolution',
    text: /types/,
  },
};

describe('the check of a release', function () {
  this.timeout(limitMs(300));
  let copy: Copy;
  beforeEach(() => {
    copy = new Copy();
  });
  afterEach(() => rmSync(copy.directory, { recursive: true, force: true }));

  it('passes here, and names what is left to the owner', () => {
    const { status, output } = copy.check('--sbom', join(copy.directory, '.git/sbom.json'));
    assert.equal(status, 0, output);
    assert.match(output, /\n0 faults, \d+ left to do/);
    assert.match(output, /to do: package\.json has no repository/);
    const { components } = JSON.parse(readFileSync(join(copy.directory, '.git/sbom.json'), 'utf8'));
    assert.ok(components.some(({ name }: { name: string }) => name === 'commander'));
  });

  it('leaves nothing to do once there is a tag', () => {
    const { version } = JSON.parse(readFileSync(join(copy.directory, 'package.json'), 'utf8'));
    const { status, output } = copy.check('--tag', `v${version}`);
    assert.equal(status, 1, output);
    assert.match(output, /, 0 left to do/);
  });

  for (const [name, { plant, check, text, options = [], uncommitted, spreads }] of Object.entries(faults)) {
    it(`finds ${name}`, () => {
      plant(copy);
      if (!uncommitted) copy.commit();
      const { status, output } = copy.check(...options);
      assert.equal(status, 1, output);
      assert.match(output, new RegExp(`^fault ${check}$`, 'm'));
      assert.match(output, text);
      const found = [...output.matchAll(/^fault (.+)$/gm)].map(([, other]) => other);
      if (!spreads) assert.deepEqual(found, [check], output);
    });
  }
});
