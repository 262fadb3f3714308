import { checkInteger, checkOptions } from '../core/check.ts';
import { invalidArgument, PmdError } from '../core/errors.ts';
import { type ChangeOptions, carryOut, changeOptions } from './carry-out.ts';
import type { HostCommand } from './change.ts';
import { checkHost, Host } from './host.ts';

/** Huge pages of one size, of one NUMA node or of all. */
export interface HugePages {
  pageBytes: number;
  /** null: of all nodes. */
  node: number | null;
  /** Reserved. */
  total: number;
  /** Reserved and not in use. */
  free: number;
}

/** How {@link reserveHugePages} reserves. */
export interface HugePageOptions extends Omit<ChangeOptions, 'force'> {
  /** Default 2 MiB. */
  pageBytes?: number;
  /** Default: of all nodes. */
  node?: number;
}

const nodes = '/sys/devices/system/node';

/** Huge pages of a machine, by size; where it has several NUMA nodes, of each node as well. */
export function listHugePages(host: Host = new Host()): HugePages[] {
  checkHost(host);
  const numbers = host.names(nodes).flatMap((name) => /^node(\d{1,5})$/.exec(name)?.[1] ?? []);
  const several = numbers.length > 1 ? numbers.map(Number).sort((a, b) => a - b) : [];
  return [null, ...several].flatMap((node) =>
    host.names(directoryOf(node)).flatMap((name) => {
      const kilobytes = /^hugepages-(\d{1,9})kB$/.exec(name)?.[1];
      if (kilobytes === undefined) return [];
      const number = (file: string) => host.number(`${directoryOf(node)}/${name}/${file}`) ?? 0;
      const pageBytes = Number(kilobytes) * 1024;
      return [{ pageBytes, node, total: number('nr_hugepages'), free: number('free_hugepages') }];
    }),
  );
}

/**
 * Reserves so many huge pages in all, until the next boot. Changes nothing where there are as many already.
 *
 * @returns what it did.
 * @throws {PmdError} `ERR_PMD_NO_MEMORY` when there is no memory for as many; then there are as many as before.
 */
export async function reserveHugePages(count: number, options: HugePageOptions = {}): Promise<HostCommand[]> {
  checkInteger('count', count, 0, 2 ** 31 - 1);
  const known = [...changeOptions.filter((name) => name !== 'force'), 'pageBytes', 'node'] as const;
  const { pageBytes = 2 << 20, node } = checkOptions('options', options, known);
  if (node !== undefined) checkInteger('node', node, 0, 65_535);
  return await carryOut(options, async (host) => {
    const pages = pagesOf(host, pageBytes, node ?? null);
    const inUse = pages.total - pages.free;
    if (count < inUse)
      throw invalidArgument(
        `${inUse} huge pages are in use, and ${count} are asked for`,
        `use ${inUse} or more`,
      );
    checkMemory(host, (count - pages.total) * pageBytes);
    const path = `${directoryOf(node ?? null)}/hugepages-${pageBytes / 1024}kB/nr_hugepages`;
    const change = { command: { path, text: `${count}` }, undo: [{ path, text: `${pages.total}` }] };
    const check = () => checkTotal(host.number(path) ?? 0, count);
    return { changes: pages.total === count ? [] : [change], check };
  });
}

function directoryOf(node: number | null): string {
  return node === null ? '/sys/kernel/mm/hugepages' : `${nodes}/node${node}/hugepages`;
}

function pagesOf(host: Host, pageBytes: number, node: number | null): HugePages {
  const all = listHugePages(host);
  // A machine of one node lists it once.
  const mine = all.find(
    (one) =>
      one.pageBytes === pageBytes &&
      (one.node === node || (node === 0 && all.every((other) => other.node === null))),
  );
  if (mine !== undefined) return mine;
  const sizes = [...new Set(all.map((one) => `${one.pageBytes / 1024}K`))].join(', ') || 'none';
  const where = node === null ? 'this machine' : `NUMA node ${node}`;
  throw invalidArgument(`${where} has no huge pages of ${pageBytes} bytes`, `its sizes are ${sizes}`);
}

/** The kernel would take memory from all programs before it says that there is not enough. */
function checkMemory(host: Host, bytes: number): void {
  const available = /^MemAvailable:\s+(\d{1,12}) kB$/m.exec(host.text('/proc/meminfo') ?? '')?.[1];
  if (available === undefined || bytes <= Number(available) * 1024) return;
  const mebibytes = Math.floor(Number(available) / 1024);
  throw new PmdError(
    'ERR_PMD_NO_MEMORY',
    `${Math.ceil(bytes / 2 ** 20)} MiB more of huge pages are asked for, and ${mebibytes} MiB of memory are available`,
    { hint: 'ask for fewer' },
  );
}

function checkTotal(total: number, count: number): void {
  if (total === count) return;
  throw new PmdError('ERR_PMD_NO_MEMORY', `the kernel found memory for ${total} of ${count} huge pages`, {
    hint: 'memory is in pieces after a while: ask for fewer, or reserve them at boot with hugepages=N on the kernel command line',
  });
}
