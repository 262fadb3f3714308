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

/** What there is over Linux's driver; only `packet:` forwards. `loop` is the program that measures our ports. */
export function* linuxPeers(
  nic: Nic,
  loop: readonly string[],
): Generator<[Peer, (task: Task) => Promise<Rate>]> {
  const run = (...command: string[]) => new Counted(testedCpu, command).measure();
  yield [
    'packet:',
    (task) =>
      overLinux(nic, task === 'forward' ? [0, 1] : [0], (names) => {
        const addresses = names.map((name) => `packet:${name}`);
        return run(...loop, task, ...addresses, ...(task === 'tx' ? [nic.vfMac(1)] : []));
      }),
  ];
  yield [
    'AF_PACKET',
    (task) => overLinux(nic, [0], ([name]) => run(afPacket, task, name!, nic.vfMac(1), nic.vfMac(0))),
  ];
  if (process.env['RAW_SOCKET'] === undefined) return;
  yield [
    'raw-socket',
    (task) =>
      overLinux(nic, [0], async ([name]) => {
        await nic.ip('addr', 'add', `${receiverIp}/24`, 'dev', name!);
        await nic.ip('neigh', 'replace', farIp, 'lladdr', nic.vfMac(1), 'dev', name!);
        return run(process.execPath, join(import.meta.dirname, 'raw-socket.js'), task, farIp);
      }),
  ];
}

/** These VFs have Linux's driver meanwhile, and rings of our size. */
async function overLinux(
  nic: Nic,
  vfs: readonly number[],
  work: (names: string[]) => Promise<Rate>,
): Promise<Rate> {
  execFileSync('modprobe', ['igbvf']);
  const addresses = vfs.map((vf) => nic.vf(vf));
  try {
    const names: string[] = [];
    for (const address of addresses) names.push(await giveToLinux(nic, address));
    return await work(names);
  } finally {
    for (const address of addresses) await bind(address, 'vfio-pci');
  }
}

/** Returns the name of its interface, which is up. */
async function giveToLinux(nic: Nic, vf: string): Promise<string> {
  await bind(vf, 'igbvf');
  const name = interfaceOf(vf);
  execFileSync(afPacket, ['rings', name, '512']);
  await nic.ip('link', 'set', name, 'up');
  await untilSeen(`the link of ${name}`, () => isUp(name));
  keepInterrupts(vf);
  return name;
}

function isUp(name: string): boolean {
  return readFileSync(`/sys/class/net/${name}/operstate`, 'utf8').trim() === 'up';
}

/** On the tested processor, so that what the kernel does in them is counted. */
function keepInterrupts(vf: string): void {
  for (const irq of readdirSync(`/sys/bus/pci/devices/${vf}/msi_irqs`))
    writeFileSync(`/proc/irq/${irq}/smp_affinity_list`, String(testedCpu));
}
