import { existsSync } from 'node:fs';
import { untilSeen } from '../support/until.ts';
import { Monitor } from './support/monitor.ts';
import { Nic, powerOff } from './support/nic.ts';
import { Pair, removed } from './support/pair.ts';
import { card } from './support/repair.ts';
import { guestSuite } from './support/suite.ts';

guestSuite('a card that is pulled out under traffic', () => {
  const ways: Record<string, (nic: Nic, monitor: Monitor) => Promise<unknown>> = {
    'by whoever runs the machine (device_del)': (_, monitor) =>
      monitor.execute('device_del', { id: card.id }),
    'by the kernel (the power switch of its slot)': (nic) => powerOff(nic.pf),
  };
  for (const [way, pull] of Object.entries(ways)) {
    it(`${way}: the ports say so, and open again once another is plugged in`, async () => {
      const nic = Nic.ofGuest();
      const monitor = await Monitor.open();
      const pair = await Pair.open(nic);
      const pulled = pull(nic, monitor);
      await removed(pair);
      await pair.close();
      await pulled;
      await monitor.event('DEVICE_DELETED', ({ device }) => device === card.id);
      await untilSeen('the card to be gone', () => !existsSync(`/sys/bus/pci/devices/${nic.pf}`));
      await monitor.execute('device_add', card);
      await nic.prepare(2);
      await (await Pair.open(nic)).close();
    });
  }
});
