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

export function processSize(): ProcessSize {
  const status = readFileSync('/proc/self/status', 'utf8');
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]);
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    resident: kilobytes * 1024,
    regions: readFileSync('/proc/self/maps', 'utf8').split('memfd:vfio-pmd').length - 1,
  };
}
