import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { resolveResource } from '../../src/core/resource-address.ts';
import { skip } from '../support/skip.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/setup.md'), 'utf8');

/** Code of a language on the page. */
function codeOf(language: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, code]) => code!);
}

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  data: Record<string, string>;
  spec: {
    resourceName: string;
    containers: { command: string[]; resources: Record<string, Record<string, string>> }[];
  };
}

function manifest(kind: string): Manifest {
  const found = codeOf('yaml')
    .map((text) => parse(text) as Manifest)
    .find((one) => one.kind === kind);
  assert.ok(found?.apiVersion && found.metadata.name, kind);
  return found;
}

describe('docs/setup.md', () => {
  it('has a unit file with the exposure that it states', function () {
    const directory = mkdtempSync(join(tmpdir(), 'vfio-pmd-unit-'));
    try {
      const unit = join(directory, 'frames@.service');
      writeFileSync(unit, codeOf('ini')[0]!);
      const { error, stdout, stderr } = spawnSync('systemd-analyze', ['security', '--offline=true', unit], {
        encoding: 'utf8',
      });
      if (error !== undefined) skip(this, 'there is no systemd-analyze: apt-get install systemd');
      const exposure = /Overall exposure level for .*: ([\d.]+) /.exec(stdout)?.[1];
      assert.ok(exposure, stderr);
      assert.equal(/exposure of ([\d.]+),/.exec(page)?.[1], exposure);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('has manifests that speak of one resource', () => {
    const policy = manifest('SriovNetworkNodePolicy');
    const config = JSON.parse(manifest('ConfigMap').data['config.json']!);
    const [resource] = config.resourceList;
    assert.equal(policy.spec.resourceName, resource.resourceName);
    const [container] = manifest('Pod').spec.containers;
    const name = `${resource.resourcePrefix}/${resource.resourceName}`;
    for (const kind of ['requests', 'limits']) assert.equal(container!.resources[kind]?.[name], '1');
    const address = container!.command.at(-1)!;
    assert.equal(resolveResource(address, { PCIDEVICE_INTEL_COM_I350_VF: '0000:01:10.0' }), '0000:01:10.0');
  });
});
