import { closeSync, constants, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

/** What changes by itself, what takes long, and what must not be read: a read of a port or of a ROM has effects. */
const leftOut = new RegExp(
  [
    '^/sys/(kernel/(debug|mm/transparent_hugepage|tracing|slab|irq|security|config)|fs|power|firmware/(dmi|acpi/interrupts)|devices/virtual/(bdi|tty|vtconsole))$',
    '/(statistics|power|cpuidle|trace_pipe|resource\\d+(_wc)?|rom|remove|rescan|reset|refcnt|uevent_seqnum|stat|inflight|msi_irqs)$',
    '/(aer_\\w+|meminfo|vmstat|numastat|carrier_(changes|up_count|down_count)|bind|unbind|new_id|remove_id|free_hugepages|vpd|config|uevent)$',
    '/(modalias_\\w+|waiting_for_supplier|wakeup\\d*)$',
  ].join('|'),
);

/** All of /sys: links with what they point to, files with what they hold. */
export function readSys(path = '/sys', found: Map<string, string> = new Map()): Map<string, string> {
  for (const name of readdirSync(path)) {
    const below = `${path}/${name}`;
    if (leftOut.test(below)) continue;
    const status = lstatSync(below, { throwIfNoEntry: false });
    if (status?.isDirectory()) readSys(below, found);
    else if (status?.isSymbolicLink()) found.set(below, readlinkSync(below));
    else if (status?.isFile() && (status.mode & 0o444) !== 0) found.set(below, contents(below));
  }
  return found;
}

function contents(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = Buffer.alloc(4096);
    return buffer.toString('latin1', 0, readSync(file, buffer));
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Paths that are in one only, or differ. */
export function differences(a: Map<string, string>, b: Map<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path)).sort();
}
