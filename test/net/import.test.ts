import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as library from '../../src/index.ts';
import * as net from '../../src/net/index.ts';
import { limitMs } from '../support/limits.ts';

const root = join(import.meta.dirname, '../..');
const missing = { ...process.env, VFIO_PMD_PREBUILD: join(root, 'there-is-none') };
const options = { cwd: root, encoding: 'utf8', env: missing } as const;

describe('vfio-pmd/net', () => {
  it('works where there is no addon', function () {
    this.timeout(limitMs(60));
    const program = (module: string) => [
      ...['--import', 'tsx', '--input-type=module', '--eval'],
      `import * as module from '${module}'; console.log(module.ipv4.formatAddress(0x7f000001))`,
    ];
    assert.equal(execFileSync(process.execPath, program('./src/net/index.ts'), options), '127.0.0.1\n');
    const { status, stderr } = spawnSync(process.execPath, program('./src/index.ts'), options);
    assert.notEqual(status, 0, 'the library itself needs one');
    assert.match(stderr, /ERR_PMD_NO_BINARY/);
  });

  it('is what the library exports as net', () => {
    assert.deepEqual(Object.keys(library.net), Object.keys(net));
    assert.equal(library.net.udp.write, net.udp.write);
  });
});
