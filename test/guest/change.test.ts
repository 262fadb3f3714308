import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openPort } from '../../src/index.ts';
import { scaled } from '../support/scale.ts';
import { untilSeen } from '../support/until.ts';
import { driverOf, groupNode, interfaceOf, Nic, unbind } from './support/nic.ts';
import { Program } from './support/program.ts';
import { clean } from './support/stream.ts';
import { guestSuite } from './support/suite.ts';
import { differences, readSys } from './support/sys.ts';
import { transfer } from './support/transfer.ts';

const main = join(import.meta.dirname, '../../src/cli/main.js');

function pmdBench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

/** Runs it, and again: the second time it must have nothing to do. */
function twice(...args: string[]): string {
  const first = pmdBench(...args);
  assert.equal(first.status, 0, first.stderr);
  const second = pmdBench(...args);
  assert.deepEqual([second.status, second.stdout], [0, ''], second.stderr);
  assert.match(second.stderr, /^Nothing to do/);
  return first.stdout;
}

const vfsOf = (pf: string) =>
  readdirSync(`/sys/bus/pci/devices/${pf}`).filter((name) => /^virtfn/.test(name)).length;

guestSuite('pmd-bench vfs, bind and unbind', () => {
  const nic = () => Nic.ofGuest();
  const twoVfs = async () => {
    await nic().setVfs(0);
    await nic().makeVfs(2);
  };
  beforeEach(twoVfs);
  after(twoVfs);

  it('lead from nothing to frames, and back to nothing', async () => {
    const { pf } = nic();
    await nic().setVfs(0);
    assert.equal(pmdBench('vfs', pf, '0').status, 0);
    const still = differences(readSys(), readSys());
    const before = readSys();
    twice('vfs', pf, '2');
    const between = readSys();
    const [a, b] = [nic().vf(0), nic().vf(1)];
    twice('bind', a, '--owner', '65534:65534');
    assert.equal(statSync(groupNode(a)).uid, 65534);
    const named = new RegExp(`${a}|/vfio|^/sys/dev/char/|iommu_groups/${groupNode(a).split('/').pop()}/`);
    const others = differences(between, readSys()).filter(
      (path) => !named.test(path) && !still.includes(path),
    );
    assert.deepEqual(others, []);
    twice('bind', b);
    const [one, other] = [await openPort(a), await openPort(b)];
    assert.deepEqual(await transfer(one, other, 1000), clean(1000));
    await Promise.all([one.close(), other.close()]);
    for (const vf of [a, b]) twice('unbind', vf);
    assert.deepEqual([driverOf(a), driverOf(b)], ['', '']);
    twice('vfs', pf, '0');
    assert.deepEqual(
      differences(before, readSys()).filter((path) => !still.includes(path)),
      [],
    );
  });

  it('name the limit of the PF', () => {
    const { status, stderr } = pmdBench('vfs', nic().pf, '8');
    assert.equal(status, 2);
    assert.match(stderr, /can have 7 VFs at most, and 8 are asked for/);
  });

  it('refuse a VF that a program has open, and name the program', async () => {
    const port = await openPort(nic().vf(0));
    try {
      for (const args of [
        ['unbind', nic().vf(0)],
        ['vfs', nic().pf, '1'],
      ]) {
        const { status, stderr, stdout } = pmdBench(...args);
        assert.deepEqual([status, stdout], [1, '']);
        assert.match(stderr, new RegExp(`pid ${process.pid} \\(`));
      }
    } finally {
      await port.close();
    }
  });

  it('refuse a VF whose interface is up or has an address, until forced', async () => {
    const vf = nic().vf(0);
    await unbind(vf);
    spawnSync('modprobe', ['igbvf']);
    const device = `/sys/bus/pci/devices/${vf}`;
    assert.equal(pmdBench('unbind', vf).status, 0);
    spawnSync('sh', [
      '-c',
      `echo igbvf >${device}/driver_override; echo ${vf} >/sys/bus/pci/drivers/igbvf/bind; echo >${device}/driver_override`,
    ]);
    await untilSeen(
      "the VF's interface",
      () => existsSync(`${device}/net`) && readdirSync(`${device}/net`).length > 0,
    );
    const name = interfaceOf(vf);
    await nic().ip('address', 'add', '192.0.2.1/24', 'dev', name);
    const first = pmdBench('bind', vf);
    assert.deepEqual([first.status, first.stdout], [1, '']);
    assert.match(first.stderr, new RegExp(`${name} has the address 192.0.2.1/24`));
    await nic().ip('link', 'set', name, 'up');
    assert.match(pmdBench('bind', vf).stderr, new RegExp(`${name} is up, .*has the route 192.0.2.0/24`));
    const forced = pmdBench('bind', vf, '--force');
    assert.equal(forced.status, 0, forced.stderr);
    assert.equal(driverOf(vf), 'vfio-pci');
  });

  it('take turns', async () => {
    const { pf } = nic();
    const start = (count: number) => spawn(process.execPath, [main, 'vfs', pf, `${count}`]);
    const children = [3, 2, 3].map(start);
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'close'))[0]));
    assert.deepEqual(codes, [0, 0, 0]);
    assert.ok([2, 3].includes(vfsOf(pf)));
    twice('vfs', pf, '2');
    for (const n of [0, 1]) assert.equal(pmdBench('bind', nic().vf(n)).status, 0);
  });

  it('are completed or undone by the next run after SIGKILL, wherever that struck', async () => {
    const { pf } = nic();
    const rounds = scaled('changes that are killed', 4, { long: 50 });
    for (let round = 0; round < rounds; round++) {
      const point = Math.floor(Math.random() * 9) / 2;
      const what = ['2', 'bind', 'unbind', '0'][round % 4]!;
      const address = /^\d$/.test(what) ? pf : nic().vf(0);
      const program = new Program('change', [what, address, `${point}`]);
      const status = await program.ended;
      const where = `${what} ${address}, killed at ${point}`;
      assert.equal(status, program.lines.includes('done') ? 0 : null, `${where}: ${program.errors}`);
      await assertCompleted(what, where);
    }
  });

  async function assertCompleted(what: string, where: string): Promise<void> {
    const { pf } = nic();
    const device = `/sys/bus/pci/devices/${pf}`;
    const run = (...args: string[]) => {
      const { status, stderr } = pmdBench(...args);
      assert.equal(status, 0, `${where}: ${stderr}`);
    };
    if (/^\d$/.test(what)) {
      run('vfs', pf, what);
      assert.equal(vfsOf(pf), Number(what), where);
      const autoprobe = readFileSync(`${device}/sriov_drivers_autoprobe`, 'utf8').trim();
      assert.equal(autoprobe, what === '0' ? '1' : '0', where);
      return;
    }
    // A bind that was killed is completed; an unbind too.
    run(what, nic().vf(0));
    assert.equal(driverOf(nic().vf(0)), what === 'bind' ? 'vfio-pci' : '', where);
    const override = readFileSync(`/sys/bus/pci/devices/${nic().vf(0)}/driver_override`, 'utf8').trim();
    assert.equal(override, what === 'bind' ? 'vfio-pci' : '(null)', where);
  }
});

guestSuite('pmd-bench hugepages', () => {
  it('reserves them, and gives them back', () => {
    const total = () =>
      Number(readFileSync('/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages', 'utf8'));
    const before = total();
    twice('hugepages', `${before + 8}`);
    assert.equal(total(), before + 8);
    assert.match(pmdBench('hugepages').stdout, new RegExp(`^2M  ${before + 8} reserved`, 'm'));
    const { status, stderr } = pmdBench('hugepages', '1000000');
    assert.equal(status, 1);
    assert.match(stderr, /MiB of memory are available/);
    assert.equal(total(), before + 8);
    twice('hugepages', `${before}`);
  });
});
