import { readdirSync, readFileSync } from 'node:fs';

/** What of the system this process uses. */
export interface ProcessSize {
  descriptors: number;
  threads: number;
  /** Resident bytes. */
  resident: number;
  /** Mappings of packet memory. */
  regions: number;
}

/** On x64, for every eight bytes one: it stays resident for all addresses that were ever mapped. */
const asanShadow = { begin: 0x7fff_7000, end: 0x1000_7fff_8000 };
const hasAsan = process.env['LD_PRELOAD']?.includes('libasan') === true;

/** Resident bytes, but those that the address sanitizer has for itself. */
function residentBytes(): number {
  let isCounted = true;
  let kilobytes = 0;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    const begin = /^([0-9a-f]+)-/.exec(line)?.[1];
    if (begin !== undefined) {
      const address = Number.parseInt(begin, 16);
      isCounted = !hasAsan || address < asanShadow.begin || address >= asanShadow.end;
    } else if (isCounted && line.startsWith('Rss:')) kilobytes += Number(/\d+/.exec(line)![0]);
  }
  return kilobytes * 1024;
}

export function processSize(): ProcessSize {
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    resident: residentBytes(),
    regions: readFileSync('/proc/self/maps', 'utf8').split('memfd:vfio-pmd').length - 1,
  };
}
