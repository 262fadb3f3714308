import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { openPort } from '../../src/index.ts';
import { untilSeen } from '../support/until.ts';
import { assertDocumented, assertMatches, rejection } from './support/documented.ts';
import { Monitor } from './support/monitor.ts';
import { bind, Nic, unbind } from './support/nic.ts';
import { clean } from './support/stream.ts';
import { guestSuite } from './support/suite.ts';
import { transfer } from './support/transfer.ts';

guestSuite('an address that cannot be opened', () => {
  const nic = () => Nic.ofGuest();

  it('is of no device', async () => {
    const error = await rejection(openPort('0000:01:1f.7'));
    assertDocumented('device absent', error);
    assertMatches(error, { address: '0000:01:1f.7', hint: new RegExp(`${nic().vf(0)} \\(vfio-pci\\)`) });
  });

  it('is the PF: the hint names its VFs', async () => {
    const error = await rejection(openPort(nic().pf));
    assertDocumented('the PF instead of a VF', error);
    assertMatches(error, { address: nic().pf, hint: new RegExp(nic().vf(0)) });
  });

  it('is some other device', async () => {
    assertDocumented('not a VF that the driver knows', await rejection(openPort('0000:00:1f.0')));
  });

  it('is bound to nothing: the hint binds it', async () => {
    const address = nic().vf(0);
    await unbind(address);
    await assert.rejects(openPort(address), {
      code: 'ERR_PMD_NOT_BOUND',
      hint: /driver_override.*drivers_probe/,
    });
    await bind(address, 'vfio-pci');
    const [a, b] = [await openPort(address), await openPort(nic().vf(1))];
    assert.deepEqual(await transfer(a, b, 100), clean(100));
    await Promise.all([a.close(), b.close()]);
  });

  it("has a PF that is down: told, and opened once it's up", async () => {
    const address = nic().vf(0);
    await nic().down();
    const error = await rejection(openPort(address)).finally(() => nic().up());
    assertDocumented('the PF is down', error);
    assertMatches(error, { address, hint: /ip link set/ });
    await (await openPort(address)).close();
  });

  it('wants a MAC that the PF refuses', async () => {
    const address = nic().vf(0);
    await assert.rejects(openPort(address, { mac: '02:00:00:00:00:99' }), {
      code: 'ERR_PMD_PEER_REFUSED',
      address,
    });
    await (await openPort(address)).close();
  });
});

const physicalFunctions = () =>
  readdirSync('/sys/bus/pci/drivers/igb').filter((name) => /^[0-9a-f]{4}:/.test(name));

// A root port without ACS can't keep what is behind it apart: the PF and its VFs are one group.
guestSuite('a VF that shares its IOMMU group with its PF', () => {
  it('is refused, and the PF is named', async () => {
    const monitor = await Monitor.open();
    const before = new Set(physicalFunctions());
    await monitor.execute('device_add', {
      driver: 'igb',
      id: 'shared',
      bus: 'port-without-acs',
      netdev: 'wire-without-acs',
      mac: '52:54:00:00:09:00',
      romfile: '',
    });
    await untilSeen('the second PF', () => physicalFunctions().length > before.size);
    const pf = physicalFunctions().find((address) => !before.has(address))!;
    const nic = new Nic(pf, 9);
    await untilSeen('its network interface', () => existsSync(`/sys/bus/pci/devices/${pf}/net`));
    writeFileSync('/sys/bus/pci/drivers_autoprobe', '0');
    await nic.setVfs(1);
    writeFileSync('/sys/bus/pci/drivers_autoprobe', '1');
    const vf = nic.vf(0);
    await bind(vf, 'vfio-pci');
    const error = await rejection(openPort(vf));
    assertDocumented('group not viable', error);
    assertMatches(error, { address: vf, message: new RegExp(`also holds ${pf} \\(igb\\)`) });
    await nic.setVfs(0);
    await monitor.execute('device_del', { id: 'shared' });
    await monitor.event('DEVICE_DELETED', ({ device }) => device === 'shared');
  });
});
