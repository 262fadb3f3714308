import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bind, interfaceOf, type Nic } from '../../test/guest/support/nic.ts';
import { untilSeen } from '../../test/support/until.ts';
import { Counted, testedCpu } from './counted.ts';
import { receiverIp } from './frame.ts';
import type { Peer, Rate, Task } from './sample.ts';

const afPacket = join(import.meta.dirname, '../../../af-packet');
/** Who frames of a socket go to: an address on the same network, at the other VF's MAC. */
const farIp = '198.18.0.3';

/** What there is over Linux's driver for the tested VF; not `forward`. */
export function* linuxPeers(nic: Nic): Generator<[Peer, (task: Task) => Promise<Rate>]> {
  const run = (...command: string[]) => new Counted(testedCpu, command).measure();
  yield [
    'AF_PACKET',
    (task) => overLinux(nic, (name) => run(afPacket, task, name, nic.vfMac(1), nic.vfMac(0))),
  ];
  if (process.env['RAW_SOCKET'] === undefined) return;
  yield [
    'raw-socket',
    (task) =>
      overLinux(nic, async (name) => {
        await nic.ip('addr', 'add', `${receiverIp}/24`, 'dev', name);
        await nic.ip('neigh', 'replace', farIp, 'lladdr', nic.vfMac(1), 'dev', name);
        return run(process.execPath, join(import.meta.dirname, 'raw-socket.js'), task, farIp);
      }),
  ];
}

/** The tested VF has Linux's driver meanwhile, and rings of our size. */
async function overLinux(nic: Nic, work: (name: string) => Promise<Rate>): Promise<Rate> {
  const vf = nic.vf(0);
  execFileSync('modprobe', ['igbvf']);
  await bind(vf, 'igbvf');
  try {
    const name = interfaceOf(vf);
    execFileSync(afPacket, ['rings', name, '512']);
    await nic.ip('link', 'set', name, 'up');
    await untilSeen(`the link of ${name}`, () => isUp(name));
    keepInterrupts(vf);
    return await work(name);
  } finally {
    await bind(vf, 'vfio-pci');
  }
}

function isUp(name: string): boolean {
  return readFileSync(`/sys/class/net/${name}/operstate`, 'utf8').trim() === 'up';
}

/** On the tested processor, so that what the kernel does in them is counted. */
function keepInterrupts(vf: string): void {
  for (const irq of readdirSync(`/sys/bus/pci/devices/${vf}/msi_irqs`))
    writeFileSync(`/proc/irq/${irq}/smp_affinity_list`, String(testedCpu));
}
