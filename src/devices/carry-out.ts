import { checkBoolean } from '../core/check.ts';
import { describe, invalidArgument } from '../core/errors.ts';
import { type Change, type HostCommand, makeChanges } from './change.ts';
import { checkHost, Host } from './host.ts';
import { withHostLock } from './host-lock.ts';

/** What all functions that change a machine take. */
export interface ChangeOptions {
  /** The machine; default: this one. */
  host?: Host;
  /** Do it also to a device that is in use. Default: no. */
  force?: boolean;
  /** Say what would be done, and change nothing. Default: no. */
  dryRun?: boolean;
  /** Told each command before it runs. */
  onCommand?: (command: HostCommand) => void;
}

export const changeOptions = ['host', 'force', 'dryRun', 'onCommand'] as const;

/** What is to be done to a machine as it is now. */
export interface Plan {
  changes: Change[];
  /** Throws when the changes have not brought about what they were for. */
  check?: () => void;
}

/**
 * Makes a plan and carries it out while no other process changes the machine. What fails halfway is undone.
 *
 * @returns the commands that it ran, or would run: none when all is as it is to be.
 */
export async function carryOut(
  options: ChangeOptions,
  makePlan: (host: Host, isForced: boolean) => Promise<Plan>,
): Promise<HostCommand[]> {
  const { host = new Host(), force = false, dryRun = false, onCommand = () => {} } = options;
  checkHost(host);
  checkBoolean('force', force);
  checkBoolean('dryRun', dryRun);
  if (typeof onCommand !== 'function')
    throw invalidArgument(`onCommand is ${describe(onCommand)}`, 'pass a function, or nothing');
  const commandsOf = ({ changes }: Plan) => changes.map(({ command }) => command);
  if (dryRun) {
    const commands = commandsOf(await makePlan(host, force));
    commands.forEach(onCommand);
    return commands;
  }
  return await withHostLock(host, async () => {
    const plan = await makePlan(host, force);
    await makeChanges(host, plan.changes, plan.check ?? (() => {}), onCommand);
    return commandsOf(plan);
  });
}
