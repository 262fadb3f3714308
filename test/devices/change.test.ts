import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bindDevice,
  type HostCommand,
  listHugePages,
  reserveHugePages,
  setVfs,
  unbindDevice,
} from '../../src/devices/index.ts';
import { pmdError } from '../support/errors.ts';
import { FakeKernel, readSys } from './support/fake-kernel.ts';
import { lines, Machine, pages, pf, vf } from './support/machine.ts';
import { RecordedHost } from './support/recorded.ts';

describe('bindDevice', () => {
  it('gives a device to vfio-pci, once, and unbindDevice takes it back', async () => {
    using machine = new Machine();
    const { host } = machine;
    await setVfs(pf, 3, { host });
    const before = machine.sys;
    assert.deepEqual(lines(await bindDevice(vf, { host, owner: 'nobody:nogroup' })), [
      `echo vfio-pci | sudo tee /sys/bus/pci/devices/${vf}/driver_override`,
      `echo ${vf} | sudo tee /sys/bus/pci/drivers_probe`,
      'sudo chown --no-dereference -- nobody:nogroup /dev/vfio/200',
    ]);
    assert.equal(machine.driver(vf), 'vfio-pci');
    assert.deepEqual(machine.changedSince(before), [
      `/sys/bus/pci/devices/${vf}/driver`,
      `/sys/bus/pci/devices/${vf}/driver_override`,
    ]);
    assert.deepEqual(await bindDevice(vf, { host }), []);
    await unbindDevice(vf, { host });
    assert.deepEqual(await unbindDevice(vf, { host }), []);
    assert.deepEqual(machine.changedSince(before), []);
  });

  it('changes nothing on a dry run, and says what it would', async () => {
    using machine = new Machine();
    const { host } = machine;
    await unbindDevice(vf, { host });
    const before = machine.sys;
    const told: HostCommand[] = [];
    const onCommand = (command: HostCommand) => told.push(command);
    const planned = await bindDevice(vf, { host, dryRun: true, onCommand });
    assert.deepEqual(machine.changedSince(before), []);
    assert.deepEqual(told, planned);
    assert.deepEqual(await bindDevice(vf, { host }), planned);
  });

  it('writes down what was changed', async () => {
    using machine = new Machine();
    await unbindDevice(vf, { host: machine.host });
    assert.match(machine.read('/run/vfio-pmd/changes'), /^20.*Z pid \d+: echo .*\/unbind\n/);
  });

  it('refuses an interface that is in use, says why, and takes it when forced', async () => {
    using machine = new Machine();
    const { host, recorded } = machine;
    recorded.add('pci 0000:06:10.0 8086:1520 020000 driver=igbvf group=95 numa=0 net=eth7');
    recorded.add('interface eth7 up carrier 1500 02:00:00:00:00:07');
    recorded.add('interface br0 up carrier 1500 02:00:00:00:00:08');
    recorded.add('file /sys/bus/pci/devices/0000:06:10.0/driver_override (null)');
    const interfaces = await host.interfaces();
    const eth7 = interfaces.find(({ name }) => name === 'eth7')!;
    const bridge = interfaces.find(({ name }) => name === 'br0')!;
    bridge.kind = 'bridge';
    eth7.master = bridge.index;
    const { index } = eth7;
    host.uses_ = [
      { index, isRoute: false, text: '192.0.2.1/24' },
      { index, isRoute: true, text: 'default' },
      { index: bridge.index, isRoute: true, text: '198.51.100.0/24' },
    ];
    const before = machine.sys;
    const said = [
      '0000:06:10.0 is in use: eth7 is up, has the address 192.0.2.1/24, has the route default, belongs to br0 (bridge)',
    ];
    for (const reason of said)
      await assert.rejects(bindDevice('0000:06:10.0', { host }), (error: Error) => {
        assert.ok(error.message.startsWith(reason), error.message);
        return pmdError('ERR_PMD_BUSY', /force/)(error);
      });
    assert.deepEqual(machine.changedSince(before), []);
    eth7.up = false;
    await assert.rejects(bindDevice('0000:06:10.0', { host }), pmdError('ERR_PMD_BUSY', /has the address/));
    host.uses_ = [];
    eth7.master = null;
    bridge.lower = index;
    await assert.rejects(bindDevice('0000:06:10.0', { host }), pmdError('ERR_PMD_BUSY', /carries br0/));
    await bindDevice('0000:06:10.0', { host, force: true });
    assert.equal(machine.driver('0000:06:10.0'), 'vfio-pci');
  });

  it('refuses a device whose interface another network namespace has', async () => {
    using machine = new Machine();
    machine.recorded.add('pci 0000:06:10.0 8086:1520 020000 driver=igbvf group=95');
    machine.recorded.add('dir /sys/bus/pci/devices/0000:06:10.0/net');
    await assert.rejects(
      bindDevice('0000:06:10.0', { host: machine.host }),
      pmdError('ERR_PMD_BUSY', /another network namespace/),
    );
  });

  it('refuses what cannot be opened even so, before it changes anything', async () => {
    using machine = new Machine();
    const { host, recorded } = machine;
    recorded.add('pci 0000:07:00.0 144d:a808 010802 driver=nvme group=97');
    recorded.add('pci 0000:08:10.0 8086:1520 020000');
    const before = machine.sys;
    for (const [address, code] of [
      [pf, 'ERR_PMD_UNSUPPORTED_DEVICE'],
      ['0000:07:00.0', 'ERR_PMD_UNSUPPORTED_DEVICE'],
      ['0000:09:00.0', 'ERR_PMD_NO_DEVICE'],
      ['0000:08:10.0', 'ERR_PMD_NO_IOMMU'],
    ] as const)
      await assert.rejects(bindDevice(address, { host, force: true }), pmdError(code));
    assert.deepEqual(machine.changedSince(before), []);
  });

  it('undoes what is done when vfio-pci does not take the device', async () => {
    using machine = new Machine();
    const { host } = machine;
    await setVfs(pf, 0, { host });
    writeFileSync(join(machine.recorded.root, `/sys/bus/pci/devices/${pf}/sriov_drivers_autoprobe`), '1');
    await host.write(`/sys/bus/pci/devices/${pf}/sriov_numvfs`, '1');
    assert.equal(machine.driver(vf), 'igbvf');
    const before = machine.sys;
    host.refusing.add('vfio-pci');
    await assert.rejects(bindDevice(vf, { host }), pmdError('ERR_PMD_NOT_BOUND', /dmesg`\)$/));
    assert.deepEqual(machine.changedSince(before), []);
  });

  it('writes a rule and a unit that bind it at each boot, and removes them', async () => {
    using machine = new Machine();
    const { host } = machine;
    const rule = `/etc/udev/rules.d/70-vfio-pmd-bind-${vf}.rules`;
    const unit = `/etc/systemd/system/vfio-pmd-bind-${vf}.service`;
    assert.deepEqual(lines(await bindDevice(vf, { host, persist: true, owner: '0' })), [
      `write ${unit}`,
      `write ${rule}`,
    ]);
    assert.match(
      machine.read(rule),
      /KERNEL=="0000:05:10\.0".*SYSTEMD_WANTS.*="vfio-pmd-bind-0000:05:10\.0\.service"/,
    );
    assert.match(machine.read(unit), /^ExecStart=.*main\.\w+ bind 0000:05:10\.0 --owner 0$/m);
    assert.deepEqual(await bindDevice(vf, { host, persist: true, owner: '0' }), []);
    await unbindDevice(vf, { host, persist: false });
    assert.deepEqual(
      [rule, unit].map((file) => existsSync(join(machine.recorded.root, file))),
      [false, false],
    );
  });

  it('replaces a link where the unit belongs, and does not follow it', async () => {
    using machine = new Machine();
    const victim = join(machine.recorded.root, 'victim');
    writeFileSync(victim, 'as it was');
    const folder = join(machine.recorded.root, 'etc/systemd/system');
    mkdirSync(folder, { recursive: true });
    for (const name of [`vfio-pmd-bind-${vf}.service`, `vfio-pmd-bind-${vf}.service.new`])
      symlinkSync(victim, join(folder, name));
    await bindDevice(vf, { host: machine.host, persist: true });
    assert.equal(readFileSync(victim, 'utf8'), 'as it was');
  });
});

describe('setVfs', () => {
  it('makes VFs with MACs that stay the same, once', async () => {
    using machine = new Machine();
    const { host } = machine;
    const elsewhere = (path: string) => !path.includes('0000:05:1') && !path.includes(`${pf}/`);
    const before = machine.sys;
    const commands = lines(await setVfs(pf, 4, { host, mtu: 9000 }));
    assert.deepEqual(commands.slice(0, 4), [
      'sudo ip link set dev enp5s0f0 mtu 9000',
      `echo 0 | sudo tee /sys/bus/pci/devices/${pf}/sriov_drivers_autoprobe`,
      `echo 0 | sudo tee /sys/bus/pci/devices/${pf}/sriov_numvfs`,
      `echo 4 | sudo tee /sys/bus/pci/devices/${pf}/sriov_numvfs`,
    ]);
    assert.match(commands[4]!, /^sudo ip link set dev enp5s0f0 vf 0 mac [\da-f][26ae](:[\da-f]{2}){5}$/);
    assert.equal(new Set(commands).size, 8);
    assert.deepEqual(await setVfs(pf, 4, { host, mtu: 9000 }), []);
    assert.deepEqual(
      machine.changedSince(before).filter((path) => elsewhere(path) && !path.includes('iommu_groups')),
      [],
    );
    assert.equal(machine.driver('0000:05:10.1'), 'vfio-pci', 'a VF of another PF stays');
    await setVfs(pf, 0, { host });
    assert.deepEqual(lines(await setVfs(pf, 4, { host })).slice(-4), commands.slice(-4));
  });

  it('names the limits of the PF, and refuses what is none', async () => {
    using machine = new Machine();
    const { host } = machine;
    const before = machine.sys;
    const limit = pmdError('ERR_PMD_INVALID_ARGUMENT', /can have 7 VFs at most, and 8 are asked for/);
    await assert.rejects(setVfs(pf, 8, { host }), limit);
    (await host.interfaces())[0]!.maxMtu = 9216;
    await assert.rejects(
      setVfs(pf, 2, { host, mtu: 9217 }),
      pmdError('ERR_PMD_INVALID_ARGUMENT', /9216 at most/),
    );
    await assert.rejects(setVfs(vf, 2, { host }), pmdError('ERR_PMD_UNSUPPORTED_DEVICE', /no VFs/));
    await assert.rejects(setVfs('0000:00:02.0', 2, { host }), pmdError('ERR_PMD_NO_DEVICE'));
    for (const macs of [['02:00:00:00:00:01'], ['01:00:00:00:00:01', '02:00:00:00:00:02'], ['x', 'y']])
      await assert.rejects(setVfs(pf, 2, { host, macs }), pmdError('ERR_PMD_INVALID_ARGUMENT'));
    assert.deepEqual(machine.changedSince(before), []);
  });

  it('takes no VF away that a program has open', async () => {
    using recorded = new RecordedHost('held-by-qemu');
    const host = new FakeKernel(recorded);
    const before = readSys(host);
    await assert.rejects(setVfs(pf, 1, { host }), pmdError('ERR_PMD_BUSY', /pid 4242 \(qemu-system-x86\)/));
    assert.deepEqual(readSys(host), before);
  });

  it('makes them at each boot, with the same options, until told otherwise', async () => {
    using machine = new Machine();
    const { host } = machine;
    const macs = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
    await setVfs(pf, 2, { host, macs, mtu: 9000, persist: true });
    const unit = `/etc/systemd/system/vfio-pmd-vfs-${pf}.service`;
    assert.match(
      machine.read(unit),
      /vfs 0000:05:00\.0 2 --mtu 9000 --mac 02:00:00:00:00:01 --mac 02:00:00:00:00:02$/m,
    );
    await setVfs(pf, 2, { host, persist: false });
    assert.equal(existsSync(join(machine.recorded.root, unit)), false);
  });
});

describe('reserveHugePages', () => {
  it('reserves what is asked for, or leaves what there was', async () => {
    using machine = new Machine();
    const { host } = machine;
    assert.deepEqual(listHugePages(host), [{ pageBytes: 2 << 20, node: null, total: 4, free: 3 }]);
    assert.deepEqual(lines(await reserveHugePages(64, { host })), [
      `echo 64 | sudo tee ${pages}/nr_hugepages`,
    ]);
    assert.deepEqual(await reserveHugePages(64, { host }), []);
    host.mostPages = 100;
    await assert.rejects(reserveHugePages(512, { host }), pmdError('ERR_PMD_NO_MEMORY', /100 of 512/));
    assert.equal(listHugePages(host)[0]?.total, 64);
  });

  it('asks the kernel for no more than there is', async () => {
    using machine = new Machine();
    const { host, recorded } = machine;
    recorded.add('file /proc/meminfo MemTotal: 4096000 kB\\nMemAvailable:   204800 kB\\n');
    await assert.rejects(
      reserveHugePages(105, { host }),
      pmdError('ERR_PMD_NO_MEMORY', /202 MiB more .* 200 MiB of memory are available/),
    );
    assert.equal(host.commands, 0);
    await reserveHugePages(104, { host });
  });

  it('says which sizes and nodes there are, and what is in use', async () => {
    using machine = new Machine();
    const { host } = machine;
    const wrong = (pattern: RegExp) => pmdError('ERR_PMD_INVALID_ARGUMENT', pattern);
    await assert.rejects(reserveHugePages(1, { host, pageBytes: 1 << 30 }), wrong(/sizes are 2048K/));
    await assert.rejects(reserveHugePages(1, { host, node: 3 }), wrong(/NUMA node 3/));
    await assert.rejects(reserveHugePages(0, { host }), wrong(/1 huge pages are in use/));
    await assert.rejects(reserveHugePages(1e15, { host }), wrong(/count/));
  });
});

describe('Hostile input to what changes a machine', () => {
  const hostile = [
    '..',
    '../../../etc',
    '0000:05:10.*',
    '0000:05:10.0 ',
    ' ',
    '0000:05:10.0\n',
    '\u001b[2J',
    '',
    'a'.repeat(1e6),
    '0000:05:10.0/../..',
  ];

  it('is refused before anything changes: addresses', async () => {
    using machine = new Machine();
    const { host } = machine;
    const before = machine.sys;
    for (const address of hostile) {
      const refused = pmdError('ERR_PMD_ADDRESS', /^[ -~…]+$/);
      await assert.rejects(bindDevice(address, { host }), refused);
      await assert.rejects(unbindDevice(address, { host }), refused);
      await assert.rejects(setVfs(address, 1, { host }), refused);
    }
    assert.deepEqual(machine.changedSince(before), []);
  });

  it('is refused before anything changes: owners, numbers and options', async () => {
    using machine = new Machine();
    const { host } = machine;
    const before = machine.sys;
    const refused = pmdError('ERR_PMD_INVALID_ARGUMENT', /^[ -~…]+$/);
    for (const owner of [
      '',
      ':',
      '-R',
      '--reference=/etc/shadow',
      'a b',
      'a:b:c',
      '\u001b[2J',
      'x;id',
      '$(id)',
      '99999999999',
    ])
      await assert.rejects(bindDevice(vf, { host, owner }), refused);
    for (const count of [-1, 1.5, Number.NaN, 1e300, '2' as unknown as number])
      await assert.rejects(setVfs(pf, count, { host }), refused);
    await assert.rejects(setVfs(pf, 1, { host, mtu: 1e9 }), refused);
    await assert.rejects(bindDevice(vf, { host, forced: true } as object), refused);
    assert.deepEqual(machine.changedSince(before), []);
  });

  it('leads no write out of /sys by a link', async () => {
    using machine = new Machine();
    const { host, recorded } = machine;
    recorded.add('pci 0000:07:00.0 8086:10ca 020000 group=98');
    const victim = join(recorded.root, 'victim');
    mkdirSync(victim);
    for (const name of ['driver_override', 'target']) writeFileSync(join(victim, name), '(null)');
    symlinkSync(victim, join(recorded.root, 'sys/bus/pci/devices/0000:07:10.0'));
    for (const [name, text] of [
      ['vendor', '0x8086'],
      ['device', '0x10ca'],
      ['class', '0x020000'],
    ] as const)
      writeFileSync(join(victim, name), text);
    symlinkSync('../../../kernel/iommu_groups/98', join(victim, 'iommu_group'));
    await assert.rejects(bindDevice('0000:07:10.0', { host }), pmdError('ERR_PMD_ACCESS', /out of \/sys/));
    symlinkSync(
      join(victim, 'target'),
      join(recorded.root, 'sys/bus/pci/devices/0000:07:00.0/driver_override'),
    );
    await assert.rejects(bindDevice('0000:07:00.0', { host }), pmdError('ERR_PMD_ACCESS'));
    assert.equal(readFileSync(join(victim, 'driver_override'), 'utf8'), '(null)');
    assert.equal(readFileSync(join(victim, 'target'), 'utf8'), '(null)');
  });
});
