import type { Command } from 'commander';
import { type BindOptions, bindDevice, type UnbindOptions, unbindDevice } from '../devices/index.ts';
import { type ChangeFlags, changeCommand, changeHelp, changeOptionsOf, tellEnd } from './change-command.ts';

interface BindFlags extends ChangeFlags {
  owner?: string;
  persist?: boolean;
}

const bindHelp = `
Examples:
  sudo pmd-bench bind 0000:01:10.0 --owner $USER
  sudo pmd-bench bind 0000:01:10.0 --owner :vfio --persist

Gives a network function to vfio-pci, through driver_override, so that a program can open it. It refuses an interface that is up, carries an
address or a route, or belongs to a bridge, and says which. --persist writes a udev rule and a systemd unit.
${changeHelp}`;

const unbindHelp = `
Examples:
  sudo pmd-bench unbind 0000:01:10.0
  sudo pmd-bench unbind 0000:01:10.0 --no-persist

Takes a device from vfio-pci, and lets the kernel look for a driver. It refuses a device that a process has open, and names the process.
${changeHelp}`;

/** `pmd-bench bind`. */
export function bindCommand(): Command {
  return changeCommand('bind', 'give a VF to vfio-pci, so that a program can open it')
    .argument('<address>', 'a PCI address, such as 0000:01:10.0')
    .option('--owner <user[:group]>', 'who may open it, by name or number')
    .option('--force', 'take it also when it is in use: its connections end')
    .option('--persist', 'bind it at each boot as well')
    .option('--no-persist', 'bind it at boots no longer')
    .addHelpText('after', bindHelp)
    .action(async (address: string, flags: BindFlags, command: Command) => {
      const { owner } = flags;
      const options: BindOptions = { ...changeOptionsOf(flags), ...(owner === undefined ? {} : { owner }) };
      const persist = givenPersist(flags, command);
      if (persist !== undefined) options.persist = persist;
      const commands = await bindDevice(address, options);
      const done = flags.dryRun ? '' : `${address} is bound to vfio-pci. `;
      tellEnd(commands, `${done}To see whether it can be opened: pmd-bench doctor ${address}`);
    });
}

/** `pmd-bench unbind`. */
export function unbindCommand(): Command {
  return changeCommand('unbind', 'take a VF from vfio-pci, and give it back to the kernel')
    .argument('<address>', 'a PCI address, such as 0000:01:10.0')
    .option('--force', 'take it also from a process: the kernel waits until that closes it')
    .option('--no-persist', 'bind it at boots no longer')
    .addHelpText('after', unbindHelp)
    .action(async (address: string, flags: BindFlags, command: Command) => {
      const options: UnbindOptions = changeOptionsOf(flags);
      if (givenPersist(flags, command) === false) options.persist = false;
      const commands = await unbindDevice(address, options);
      tellEnd(commands, flags.dryRun ? '' : `${address} is not bound to vfio-pci.`);
    });
}

/** commander has true for `--no-persist` that was not given. */
export function givenPersist({ persist }: { persist?: boolean }, command: Command): boolean | undefined {
  return command.getOptionValueSource('persist') === 'cli' ? persist : undefined;
}
