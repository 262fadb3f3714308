import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { untilSeen } from '../../support/until.ts';
import { Monitor } from './monitor.ts';
import { bind, driverOf, Nic } from './nic.ts';

/** The lab's own card, as it was plugged in when the guest started. */
export const card = {
  driver: 'igb',
  id: 'pf0',
  bus: 'port0',
  netdev: 'wire0',
  mac: '52:54:00:00:00:00',
  romfile: '',
};

const wantedVfs = Object.keys(process.env).filter((name) => /^VF\d+$/.test(name)).length;
const hasIommu = () => readdirSync('/sys/kernel/iommu_groups').length > 0;
const device = (address: string) => `/sys/bus/pci/devices/${address}`;

function isUp(nic: Nic): boolean {
  const flags = Number(readFileSync(`/sys/class/net/${nic.interface}/flags`, 'utf8'));
  return (flags & 1) !== 0; // IFF_UP
}

function hasVfs(nic: Nic): boolean {
  if (existsSync(`${device(nic.pf)}/virtfn${wantedVfs}`)) return false;
  for (let n = 0; n < wantedVfs; n++) {
    if (!existsSync(`${device(nic.pf)}/virtfn${n}`)) return false;
    if (hasIommu() && driverOf(nic.vf(n)) !== 'vfio-pci') return false;
  }
  return true;
}

/** Makes card, PF and VFs again what the lab made them, where a test that failed has left them otherwise. */
export async function repair(): Promise<void> {
  const nic = Nic.ofGuest();
  if (!existsSync(device(nic.pf))) {
    await (await Monitor.open()).execute('device_add', card);
    await untilSeen('the card', () => existsSync(device(nic.pf)));
  }
  if (driverOf(nic.pf) !== 'igb') await bind(nic.pf, 'igb');
  await untilSeen("the PF's network interface", () => existsSync(`${device(nic.pf)}/net`));
  if (!isUp(nic)) await nic.up();
  if (!nic.hasCarrier()) {
    await (await Monitor.open()).execute('set_link', { name: card.id, up: true });
    await nic.carrier();
  }
  if (hasVfs(nic)) return;
  await nic.setVfs(0);
  await nic.makeVfs(wantedVfs);
}
