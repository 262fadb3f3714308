import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { limitMs } from '../support/limits.ts';

const root = join(import.meta.dirname, '../..');

interface Step {
  id?: string;
  name?: string;
  run?: string;
  env?: Record<string, string>;
}

interface Action {
  inputs: Record<string, { default?: string; required?: boolean }>;
  runs: { steps: Step[] };
}

const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as Action;

/** Runs a step's script as a runner does, with `inputs` in place of the expressions that name them. */
function runStep(step: Step, inputs: Record<string, string>, cwd: string) {
  const values = Object.entries(step.env ?? {}).map(([name, value]) => [
    name,
    value.replace(/\$\{\{ inputs\.([\w-]+) \}\}/, (_, input: string) => {
      const { default: otherwise } = action.inputs[input]!;
      return inputs[input] ?? otherwise!;
    }),
  ]);
  return spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run!], {
    cwd,
    encoding: 'utf8',
    timeout: limitMs(600),
    env: { ...process.env, ...(Object.fromEntries(values) as Record<string, string>) },
  });
}

describe("the action's command", function () {
  this.timeout(limitMs(600));
  const step = action.runs.steps.find(({ name }) => name === 'Run in the guest')!;
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'vfio-pmd-action-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('runs among as many VFs as it was told, and passes its output on', () => {
    const run = `echo "$VF0 $VF1 $VF2"; ls /sys/bus/pci/drivers/vfio-pci | grep -c :`;
    const { status, stdout, stderr } = runStep(step, { run, vfs: '3', package: root }, directory);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^0000:01:10\.0 0000:01:10\.2 0000:01:10\.4\n3\n$/);
  });

  it('fails with the status of its command, at the first that fails', () => {
    const { status, stdout } = runStep(step, { run: '(exit 7)\necho on', package: root }, directory);
    assert.equal(status, 7);
    assert.equal(stdout, '');
  });

  it('takes no part of an input for shell', () => {
    const { status, stderr } = runStep(
      step,
      { run: 'true', vfs: '2; touch planted', package: root },
      directory,
    );
    assert.notEqual(status, 0);
    assert.match(stderr, /2; touch planted/);
    assert.equal(spawnSync('ls', [directory], { encoding: 'utf8' }).stdout, '');
  });
});
