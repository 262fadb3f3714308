import { type Command, InvalidArgumentError } from 'commander';
import { type HugePageOptions, type HugePages, listHugePages, reserveHugePages } from '../devices/index.ts';
import { type ChangeFlags, changeCommand, changeHelp, changeOptionsOf, tellEnd } from './change-command.ts';
import { UsageError } from './exit.ts';
import { integer } from './values.ts';

interface HugePageFlags extends ChangeFlags {
  size?: number;
  node?: number;
}

const units = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;

const help = `
Examples:
  pmd-bench hugepages                       show how many there are
  sudo pmd-bench hugepages 128              reserve 128 pages of 2 MiB in all
  sudo pmd-bench hugepages 64 --node 1      of one NUMA node
  sudo pmd-bench hugepages 2 --size 1G

A pool on huge pages costs less time at each frame. They are reserved until the next boot: to have them at each, write vm.nr_hugepages into
/etc/sysctl.d, or hugepages=N on the kernel command line.
${changeHelp}`;

/** `pmd-bench hugepages`. */
export function hugepagesCommand(): Command {
  return changeCommand('hugepages', 'show or reserve huge pages')
    .argument('[count]', 'how many to have in all', integer(0, 2 ** 31 - 1))
    .option('--size <size>', 'of a page: 2M (the default), 1G', parsePageSize)
    .option('--node <n>', 'a NUMA node', integer(0, 65_535))
    .addHelpText('after', help)
    .action(async (count: number | undefined, flags: HugePageFlags) => {
      const { size, node } = flags;
      if (count === undefined) {
        if (flags.dryRun || size !== undefined || node !== undefined)
          throw new UsageError('say how many: without a number, hugepages shows all and takes no options');
        process.stdout.write(formatHugePages(listHugePages()));
        return;
      }
      const options: HugePageOptions = { ...changeOptionsOf(flags) };
      delete (options as ChangeFlags).force;
      if (size !== undefined) options.pageBytes = size;
      if (node !== undefined) options.node = node;
      tellEnd(await reserveHugePages(count, options), '');
    });
}

function parsePageSize(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,5})([KMG])$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError('Write 2M or 1G.');
  return Number(number) * units[unit as keyof typeof units];
}

/** A line for each size, and for each node where there are several. */
export function formatHugePages(all: readonly HugePages[]): string {
  if (all.length === 0) return 'this kernel has no huge pages\n';
  const lines = all.map(({ pageBytes, node, total, free }) => {
    const where = node === null ? '' : `  node ${node}`;
    return `${sizeText(pageBytes)}${where}  ${total} reserved, ${free} free`;
  });
  return `${lines.join('\n')}\n`;
}

function sizeText(bytes: number): string {
  const unit = (['G', 'M', 'K'] as const).find((one) => bytes % units[one] === 0) ?? 'K';
  return `${bytes / units[unit]}${unit}`;
}
