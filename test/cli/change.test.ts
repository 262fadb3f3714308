import assert from 'node:assert/strict';
import { formatHugePages } from '../../src/cli/hugepages.ts';
import { runPmdBench } from './support/child.ts';

const absent = 'ffff:ff:1f.7';

describe('Commands that change the machine', () => {
  it('refuse a device that is not there, and change nothing', async () => {
    for (const args of [
      ['bind', absent],
      ['unbind', absent],
      ['vfs', absent, '2'],
    ]) {
      const { code, stdout, stderr } = await runPmdBench([...args, '--dry-run']);
      assert.deepEqual([code, stdout], [1, ''], args.join(' '));
      assert.match(stderr, /^error: there is no PCI device ffff:ff:1f\.7 \(.*pmd-bench devices/);
    }
  });

  it('refuse hostile arguments, and show them harmless', async () => {
    for (const args of [
      ['bind', '../../etc'],
      ['bind', '0000:01:10.*'],
      ['unbind', '\u001b[2J'],
      ['vfs', 'eth0', '1'],
      ['vfs', absent, '99999999999999999999'],
      ['vfs', absent, '-1'],
      ['vfs', absent, '1', '--mac', '02:00:00:00:00:01', '--no-macs'],
      ['bind', absent, '--owner', '-R'],
      ['hugepages', '1e9'],
      ['hugepages', '1', '--size', '2M;id'],
      ['hugepages', '--size', '1G'],
    ]) {
      const { code, stdout, stderr } = await runPmdBench(args);
      assert.deepEqual([code, stdout], [2, ''], `${args.join(' ')}: ${stderr}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      assert.doesNotMatch(stderr, /\u001b\[2J/);
    }
  });

  it('explain themselves, with the exit codes', async () => {
    for (const command of ['bind', 'unbind', 'vfs', 'hugepages']) {
      const { code, stdout } = await runPmdBench([command, '--help']);
      assert.equal(code, 0);
      assert.match(stdout, /--dry-run[\s\S]*Examples:\n {2}(sudo )?pmd-bench[\s\S]*Exit codes:/);
    }
  });
});

describe('pmd-bench hugepages', () => {
  it('shows this machine’s', async () => {
    const { code, stdout } = await runPmdBench(['hugepages']);
    assert.equal(code, 0);
    assert.match(stdout, /reserved|no huge pages/);
  });

  it('shows sizes as people write them, and nodes', () => {
    const pages = [
      { pageBytes: 2 << 20, node: null, total: 128, free: 100 },
      { pageBytes: 1 << 30, node: 1, total: 1, free: 0 },
    ];
    assert.equal(formatHugePages(pages), '2M  128 reserved, 100 free\n1G  node 1  1 reserved, 0 free\n');
    assert.equal(formatHugePages([]), 'this kernel has no huge pages\n');
  });
});
