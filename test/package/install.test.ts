import assert from 'node:assert/strict';
import { execSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limitMs } from '../support/limits.ts';
import { skip } from '../support/skip.ts';
import { nodes } from './support/nodes.ts';
import { install, type Outcome, root, runNode } from './support/packed.ts';

const programs = join(import.meta.dirname, 'programs');
const full = process.env['PMD_FULL'] === '1';

function assertForwarded({ status, stdout, stderr }: Outcome, version: string): void {
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { version, forwarded: true, closed: 'ERR_PMD_ADDRESS' });
  assert.equal(stderr, '');
}

describe('the installed package', function () {
  this.timeout(limitMs(1200));
  let project: string;
  let installed: string;

  before(() => {
    project = install();
    installed = join(project, 'node_modules/vfio-pmd');
    cpSync(programs, project, { recursive: true });
  });

  it('is installed without a build', () => {
    // From the lockfile and with scripts on: npm would build what has a binding.gyp, and what has a script.
    const { status, stderr } = spawnSync('npm', ['ci', '--prefer-offline'], {
      cwd: project,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /install-scripts|node-gyp/);
    assert.ok(!existsSync(join(installed, 'build')));
    assert.ok(!existsSync(join(project, 'node_modules/node-addon-api')), 'only a build from source needs it');
  });

  for (const { version, path } of nodes()) {
    describe(`on Node ${version}`, () => {
      for (const program of ['import.mjs', 'require.cjs', 'worker.mjs']) {
        it(`forwards frames: ${program}`, () => assertForwarded(runNode(path, [program], project), version));
      }

      it('has its command', () => {
        const command = [join(installed, 'dist/cli/main.js'), 'fwd', 'emu:a,peer=flood', 'emu:b,peer=flood'];
        const { status, stdout, stderr } = runNode(
          path,
          [...command, '--duration', '200ms', '--json'],
          project,
        );
        assert.equal(status, 0, stderr);
        assert.equal(typeof JSON.parse(stdout), 'object');
      });

      it('has its capture files, its lab, its header functions and its schemas', () => {
        const { status, stdout, stderr } = runNode(path, ['subpaths.mjs'], project);
        assert.deepEqual([status, stderr], [0, '']);
        const functions = ['function', 'function', 'function', 'function'];
        const address = ['10.0.0.1', 0x0a000001];
        assert.deepEqual(JSON.parse(stdout), { functions, address, schemas: [true, true, true, true] });
      });

      it('compares results, and makes a page of them', () => {
        const run = (...args: string[]) =>
          runNode(path, [join(installed, 'dist/cli/main.js'), ...args], project);
        const { stdout } = run('rx', 'emu:a,peer=flood', '--packets', '1000', '--json');
        writeFileSync(join(project, 'a.json'), stdout);
        const compared = run('compare', 'a.json', 'a.json');
        assert.deepEqual([compared.status, compared.stderr], [0, '']);
        assert.match(compared.stdout, /^figure/);
        const report = run('report', 'a.json', '--output', '-');
        assert.deepEqual([report.status, report.stderr], [0, '']);
        assert.match(report.stdout, /<\/html>\n$/);
      });

      it('says which flag is missing where addons are forbidden', () => {
        const flag = version.startsWith('v20.') ? '--experimental-permission' : '--permission';
        const { status, stderr } = runNode(path, [flag, '--allow-fs-read=*', 'import.mjs'], project);
        assert.equal(status, 1);
        assert.match(stderr, /ERR_PMD_NO_BINARY/);
        assert.match(stderr, /start node with --allow-addons/);
      });
    });
  }

  describe('without a prebuild for the system', () => {
    let outcome: Outcome;
    before(() => {
      rmSync(join(installed, 'prebuilds'), { recursive: true });
      outcome = runNode(process.execPath, ['import.mjs'], project);
    });

    it('says what to run', () => {
      assert.equal(outcome.status, 1);
      assert.match(outcome.stderr, /ERR_PMD_NO_BINARY/);
      assert.match(outcome.stderr, new RegExp(`has no native binary for linux-${process.arch}`));
      assert.ok(outcome.stderr.includes(command()), outcome.stderr);
    });

    /** What the message tells people to type. */
    function command(): string {
      return `npm install --no-save node-addon-api@8 && node "${join(installed, 'scripts/build-from-source.mjs')}"`;
    }

    it('works after what the message says was run', async function () {
      if (!full) skip(this, 'a build: with PMD_FULL=1');
      const env: NodeJS.ProcessEnv = { ...process.env, JOBS: '2' };
      const { headersDirectory } = await import(join(root, 'scripts/headers.mjs'));
      const nodedir: string | undefined = headersDirectory();
      if (nodedir) env['npm_config_nodedir'] = nodedir;
      execSync(command(), { cwd: project, env, stdio: 'pipe' });
      assertForwarded(
        runNode(process.execPath, ['import.mjs'], project, { PREBUILDS_ONLY: '' }),
        process.version,
      );
    });
  });
});
