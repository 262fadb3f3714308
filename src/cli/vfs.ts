import type { Command } from 'commander';
import type { MacAddress } from '../core/mac.ts';
import { setVfs, type VfsOptions } from '../devices/index.ts';
import { givenPersist } from './bind.ts';
import { type ChangeFlags, changeCommand, changeHelp, changeOptionsOf, tellEnd } from './change-command.ts';
import { UsageError } from './exit.ts';
import { collectMac, integer } from './values.ts';

interface VfsFlags extends ChangeFlags {
  mac?: MacAddress[];
  macs?: boolean;
  mtu?: number;
  persist?: boolean;
}

const help = `
Examples:
  sudo pmd-bench vfs 0000:01:00.0 2
  sudo pmd-bench vfs 0000:01:00.0 4 --mtu 9000 --persist
  sudo pmd-bench vfs 0000:01:00.0 0

Gives a PF so many VFs, for which the kernel does not look for a driver (sriov_drivers_autoprobe). A VF without a MAC of the PF's gets
one that is the same after each boot. Another number of VFs than there are means new ones: it refuses that while one is in use.
${changeHelp}`;

/** `pmd-bench vfs`. */
export function vfsCommand(): Command {
  return changeCommand('vfs', 'give a PF a number of VFs')
    .argument('<pf>', 'PCI address of a physical function, such as 0000:01:00.0')
    .argument('<count>', 'how many', integer(0, 65_535))
    .option('--mac <mac>', 'of VF 0, then of VF 1 and so on; repeat it', collectMac)
    .option('--no-macs', 'assign no MACs: each VF chooses its own')
    .option('--mtu <bytes>', "of the PF's interface: no VF can have more", integer(68, 65_535))
    .option('--force', 'also when a VF is in use')
    .option('--persist', 'make them at each boot as well')
    .option('--no-persist', 'make them at boots no longer')
    .addHelpText('after', help)
    .action(async (pf: string, count: number, flags: VfsFlags, command: Command) => {
      const { mac, macs, mtu } = flags;
      if (mac !== undefined && macs === false) throw new UsageError('--mac and --no-macs exclude each other');
      const options: VfsOptions = changeOptionsOf(flags);
      if (mac !== undefined) options.macs = mac;
      if (macs === false) options.macs = [];
      if (mtu !== undefined) options.mtu = mtu;
      const persist = givenPersist(flags, command);
      if (persist !== undefined) options.persist = persist;
      const commands = await setVfs(pf, count, options);
      const done = flags.dryRun ? '' : `${pf} has ${count} VFs. `;
      tellEnd(commands, `${done}To see them: pmd-bench devices`);
    });
}
