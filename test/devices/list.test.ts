import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DeviceList,
  Host,
  listDevices,
  type PhysicalFunction,
  type VirtualFunction,
} from '../../src/devices/index.ts';
import { assertValid, validatorOf } from '../cli/support/schema.ts';
import { RecordedHost, recordedHosts } from './support/recorded.ts';

const validate = validatorOf('pmd-bench-devices-1.json');

async function devicesOf(name: string): Promise<DeviceList> {
  using recorded = new RecordedHost(name);
  return await listDevices(recorded.host);
}

function pf(list: DeviceList, address: string): PhysicalFunction {
  const found = list.devices.find((device) => device.address === address);
  assert.equal(found?.kind, 'pf');
  return found;
}

describe('The list of devices', () => {
  it('is a document of its schema on every recorded host', async () => {
    assert.ok(recordedHosts.length >= 12);
    for (const name of recordedHosts) assertValid(validate, await devicesOf(name));
  });

  it('has VFs below their PF, with what the PF lets them do', async () => {
    const list = await devicesOf('82576-pf-down');
    assert.equal(list.devices.length, 1);
    const nic = pf(list, '0000:09:00.0');
    assert.deepEqual([nic.driver, nic.totalVfs, nic.numaNode, nic.interfaces[0]?.up], ['igb', 7, 1, false]);
    const [first, second] = nic.vfs as [VirtualFunction, VirtualFunction];
    assert.deepEqual([first.address, first.index, first.pf], ['0000:09:10.0', 0, '0000:09:00.0']);
    assert.equal(first.supported, true);
    assert.deepEqual(first.settings, {
      index: 0,
      mac: '02:00:00:09:10:00',
      vlan: { id: 100, priority: 0, protocol: '802.1Q' },
      spoofCheck: true,
      trust: false,
      linkState: 'auto',
      minRateMbps: null,
      maxRateMbps: null,
    });
    assert.deepEqual([second.settings?.maxRateMbps, second.settings?.linkState], [200, 'disable']);
    assert.deepEqual([first.group?.number, first.group?.node], [51, '/dev/vfio/51']);
  });

  it('has a VF on its own where its PF is hidden', async () => {
    const { devices } = await devicesOf('vm-with-vf');
    const vf = devices.find(({ address }) => address === '0000:06:00.0') as VirtualFunction;
    assert.deepEqual([vf.kind, vf.pf, vf.index, vf.settings], ['vf', null, null, null]);
  });

  it('names who shares a group, and who holds it', async () => {
    const shared = pf(await devicesOf('tiny-i350-no-acs'), '0000:01:00.0').vfs[0]!;
    assert.deepEqual(
      shared.group?.members.map(({ address, driver }) => [address, driver]),
      [
        ['0000:00:01.0', 'pcieport'],
        ['0000:01:00.0', 'igb'],
        ['0000:01:00.1', 'igb'],
        ['0000:01:10.0', 'vfio-pci'],
      ],
    );
    const [held, free] = pf(await devicesOf('held-by-qemu'), '0000:05:00.0').vfs;
    assert.deepEqual(held!.group?.holders, [{ pid: 4242, name: 'qemu-system-x86' }]);
    assert.deepEqual(free!.group?.holders, []);
  });

  it('finds groups of no-IOMMU mode, whose node has another name', async () => {
    const [vf] = (await devicesOf('vm-no-iommu-mode')).devices;
    assert.deepEqual([vf?.group?.noIommu, vf?.group?.node], [true, '/dev/vfio/noiommu-0']);
  });

  it('is empty without a NIC, and whole with 256 VFs', async () => {
    assert.deepEqual((await devicesOf('no-nic')).devices, []);
    const { vfs } = pf(await devicesOf('e810-256-vfs'), '0000:5e:00.0');
    assert.equal(vfs.length, 256);
    assert.deepEqual(
      vfs.map(({ index, settings }) => settings?.index === index),
      Array.from({ length: 256 }, () => true),
    );
  });

  it('is of this machine by default', async () => {
    assertValid(validate, await listDevices());
  });
});

describe('The list of devices of a hostile tree', () => {
  const path = (recorded: RecordedHost, address: string) =>
    join(recorded.root, 'sys/bus/pci/devices', address);

  it('leaves out names that are no addresses', async () => {
    using recorded = new RecordedHost('supermicro-i350');
    const before = await listDevices(recorded.host);
    for (const name of [
      '0000:05:10.8',
      '..0000:05:10.0',
      '0000:05:10.0 ',
      '*',
      '\u001b[31m',
      '0000:05:10.0\n',
    ])
      mkdirSync(path(recorded, name));
    assert.deepEqual(await listDevices(recorded.host), before);
  });

  it('follows no link out of the tree, and takes no name from one that is none', async () => {
    using recorded = new RecordedHost('no-nic');
    recorded.add('pci 0000:01:00.0 8086:10ca 020000');
    const vf = path(recorded, '0000:01:00.0');
    symlinkSync('../../../../etc/pass wd', join(vf, 'driver'));
    symlinkSync('/etc/passwd', join(vf, 'physfn'));
    symlinkSync('/../../9999999999999999', join(vf, 'iommu_group'));
    const [found] = (await listDevices(recorded.host)).devices as VirtualFunction[];
    assert.deepEqual([found?.driver, found?.pf, found?.group], [null, null, null]);
  });

  it('takes enormous and malformed numbers for none', async () => {
    using recorded = new RecordedHost('supermicro-i350');
    for (const text of ['9'.repeat(400), '-1', '0x', 'seven', '1e400', '']) {
      writeFileSync(join(path(recorded, '0000:05:00.1'), 'sriov_totalvfs'), text);
      const { devices } = await listDevices(recorded.host);
      assert.equal(devices.find(({ address }) => address === '0000:05:00.1')?.kind, 'nic', text);
    }
  });

  it('shows what processes call themselves harmless', async () => {
    using recorded = new RecordedHost('held-by-qemu');
    writeFileSync(join(recorded.root, 'proc/4242/comm'), '\u001b[2Jevil\n');
    const [held] = pf(await listDevices(recorded.host), '0000:05:00.0').vfs;
    assert.equal(held!.group?.holders[0]?.name, '\\u001b[2Jevil');
  });

  it('is empty where there is no tree', async () => {
    const host = new Host({ root: '/nowhere', interfaces: async () => [] });
    assert.deepEqual((await listDevices(host)).devices, []);
  });
});
