import assert from 'node:assert/strict';
import { bindDevice, reserveHugePages, setVfs, unbindDevice } from '../../src/devices/index.ts';
import { type FakeKernel, Killed } from './support/fake-kernel.ts';
import { Machine, pf, vf } from './support/machine.ts';

/** Each in a state of its machine in which it has something to do. */
const operations: [name: string, run: (machine: Machine, host: FakeKernel) => Promise<unknown>][] = [
  ['vfs', (_, host) => setVfs(pf, 3, { host, mtu: 9000, persist: true })],
  ['vfs 0', (_, host) => setVfs(pf, 0, { host })],
  ['bind', (_, host) => bindDevice('0000:06:10.0', { host, owner: 'nobody', persist: true, force: true })],
  ['unbind', (_, host) => unbindDevice(vf, { host })],
  ['hugepages', (_, host) => reserveHugePages(20, { host })],
];

function machineWithBoundVf(): Machine {
  const machine = new Machine();
  machine.recorded.add('pci 0000:06:10.0 8086:1520 020000 driver=igbvf group=95');
  machine.recorded.add('file /sys/bus/pci/devices/0000:06:10.0/driver_override (null)');
  return machine;
}

/** A run that is killed at a point: before a command, in it, or after it. */
async function killed(
  machine: Machine,
  run: (typeof operations)[number][1],
  point: number,
): Promise<boolean> {
  const { host } = machine;
  host.commands = 0;
  host.killAt = point;
  try {
    await run(machine, host);
    return false;
  } catch (error) {
    assert.ok(
      error instanceof Killed ||
        /Killed/.test(String(error)) ||
        (error as { code?: string }).code === 'ERR_PMD_ACCESS',
      String(error),
    );
    return true;
  } finally {
    host.killAt = Number.POSITIVE_INFINITY;
  }
}

describe('A change that is killed', () => {
  for (const [name, run] of operations)
    it(`is completed by the next run, wherever that was: ${name}`, async () => {
      using whole = machineWithBoundVf();
      await run(whole, whole.host);
      const wanted = whole.sys;
      let points = 0;
      for (let point = 0; ; point += 0.5) {
        using machine = machineWithBoundVf();
        if (!(await killed(machine, run, point))) break;
        points++;
        await run(machine, machine.host);
        assert.deepEqual(machine.sys, wanted, `killed at ${point}`);
      }
      assert.ok(points >= 2, `${points} points`);
    });

  it('is undone by its opposite, wherever that was', async () => {
    using untouched = machineWithBoundVf();
    const before = untouched.sys;
    const bind = operations.find(([name]) => name === 'bind')![1];
    for (let point = 0; ; point += 0.5) {
      using machine = machineWithBoundVf();
      const wasKilled = await killed(machine, bind, point);
      await unbindDevice('0000:06:10.0', { host: machine.host, persist: false });
      assert.deepEqual(machine.sys, before, `killed at ${point}`);
      if (!wasKilled) break;
    }
  });
});

describe('Two changes at once', () => {
  it('take their turns', async () => {
    using machine = new Machine();
    const { host } = machine;
    await setVfs(pf, 0, { host });
    const results = await Promise.all([2, 2, 2, 2].map((count) => setVfs(pf, count, { host })));
    assert.deepEqual(results.map((commands) => commands.length > 0).sort(), [false, false, false, true]);
    assert.equal(host.text(`/sys/bus/pci/devices/${pf}/sriov_numvfs`), '2');
  });
});
