import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type CpioEntry, writeCpio } from './cpio.ts';
import { guestSession } from './guest-init.ts';
import type { GuestOptions } from './options.ts';
import type { Lab } from './setup.ts';

/** The part of the initramfs that differs from run to run: what to set up, and what to run. */
export function guestFiles(lab: Lab, options: GuestOptions, endMark: string): Buffer {
  const files = {
    'lab/session': guestSession,
    'lab/settings': settings(lab, options, endMark),
    'lab/writable': writableDirectories(options)
      .map((directory) => `${directory}\n`)
      .join(''),
    'lab/command': commandScript(options),
  };
  const entries = Object.entries(files).map(
    ([path, text]): CpioEntry => ({ path, kind: 'file', data: Buffer.from(text, 'utf8') }),
  );
  return writeCpio(entries);
}

/** Directories that the guest may write through to the host, as absolute paths. */
export function writableDirectories(options: GuestOptions): string[] {
  return (options.writable ?? []).map((directory) => resolve(directory));
}

function settings(lab: Lab, options: GuestOptions, endMark: string): string {
  const values = {
    LAB_END: endMark,
    LAB_HOSTNAME: hostname(),
    LAB_RELEASE: lab.kernel.release,
    LAB_MODULES: lab.kernel.modules,
    LAB_IP: lab.ip.program,
    LAB_IP_LIBRARIES: lab.ip.env['LD_LIBRARY_PATH'] ?? '',
    LAB_PFS: String(options.pfs ?? 1),
    LAB_VFS: String(options.vfs ?? 2),
    LAB_VF_MACS: options.vfMacs ?? 'pf',
    LAB_BIND: options.bind === false || options.iommu === false ? 'no' : 'yes',
    LAB_MTU: options.mtu === undefined ? '' : String(options.mtu),
    LAB_STDIN: options.stdin === null ? 'none' : 'host',
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join('');
}

/** A script that becomes the command: its directory, its whole environment and nothing else. */
function commandScript(options: GuestOptions): string {
  const environment = Object.entries(options.env ?? process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [quote(`${name}=${value}`)],
  );
  const vfs = Array.from({ length: (options.pfs ?? 1) * (options.vfs ?? 2) }, (_, i) => `"VF${i}=$VF${i}"`);
  if (vfs.length > 0) vfs.push('"PCIDEVICE_VFIO_PMD_VF=$PCIDEVICE_VFIO_PMD_VF"');
  const words = [...environment, ...vfs, ...options.command.map(quote)];
  const directory = quote(resolve(options.cwd ?? '.'));
  return `cd ${directory} || exit 125\nexec /usr/bin/env -i ${words.join(' ')}\n`;
}

/** A word that a POSIX shell leaves as it is. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
