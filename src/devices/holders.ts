import { printableLine } from '../core/printable.ts';
import type { Host } from './host.ts';
import type { Holder } from './model.ts';

const nodes = '/dev/vfio/';

/** Who has which node of /dev/vfio open, by its path; descriptors of other users are hidden from all but root. */
export function findHolders(host: Host): Map<string, Holder[]> {
  const found = new Map<string, Holder[]>();
  for (const pid of host.names('/proc')) {
    if (!/^\d{1,10}$/.test(pid)) continue;
    for (const node of openNodes(host, pid)) {
      const holder = { pid: Number(pid), name: printableLine(host.text(`/proc/${pid}/comm`) ?? '') };
      found.set(node, [...(found.get(node) ?? []), holder]);
    }
  }
  return found;
}

function openNodes(host: Host, pid: string): Set<string> {
  const files = host.names(`/proc/${pid}/fd`).map((fd) => host.link(`/proc/${pid}/fd/${fd}`) ?? '');
  return new Set(files.map((file) => host.shown(file)).filter((file) => file.startsWith(nodes)));
}
