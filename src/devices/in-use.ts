import { PmdError } from '../core/errors.ts';
import type { NetworkInterface } from '../core/interfaces.ts';
import { devicePath } from './address.ts';
import type { Host } from './host.ts';
import type { NetworkFunction } from './model.ts';

/**
 * Refuses a device that somebody uses: its interface is up, carries an address or a route, belongs to a bridge or a bond, has a VLAN
 * on it, or is in another network namespace; or a process has it open.
 *
 * @throws {PmdError} `ERR_PMD_BUSY`, which says all of it.
 */
export async function refuseInUse(host: Host, device: NetworkFunction, what: string): Promise<void> {
  const reasons = [...(await usesOf(host, device)), ...holdersOf(device)];
  if (reasons.length === 0) return;
  throw new PmdError('ERR_PMD_BUSY', `${device.address} is in use: ${reasons.join('; ')}`, {
    hint: `take it out of use first, or force it: ${what}`,
  });
}

function holdersOf({ group }: NetworkFunction): string[] {
  return (group?.holders ?? []).map(({ pid, name }) => `pid ${pid} (${name}) has it open`);
}

async function usesOf(host: Host, { address, interfaces }: NetworkFunction): Promise<string[]> {
  const all = await host.interfaces();
  const mine = all.filter(({ name }) => interfaces.some((one) => one.name === name));
  if (interfaces.length === 0) return hasHiddenInterface(host, address) ? [hidden] : [];
  const uses = await host.uses();
  return mine.flatMap((one) => {
    const of = (isRoute: boolean) =>
      uses.filter((use) => use.index === one.index && use.isRoute === isRoute).map(({ text }) => text);
    const reasons = [
      ...(one.up ? ['is up'] : []),
      ...listed('has the address', of(false)),
      ...listed('has the route', of(true)),
      ...listed(
        'belongs to',
        namesOf(all, (other) => other.index === one.master),
      ),
      ...listed(
        'carries',
        namesOf(all, (other) => other.lower === one.index),
      ),
    ];
    return reasons.length === 0 ? [] : [`${one.name} ${reasons.join(', ')}`];
  });
}

const hidden = 'its network interface is in another network namespace';

/** The kernel shows interfaces of this namespace only, and the directory that they stand in whatever theirs is. */
function hasHiddenInterface(host: Host, address: string): boolean {
  return host.names(devicePath(address)).includes('net');
}

function namesOf(all: NetworkInterface[], wanted: (one: NetworkInterface) => boolean): string[] {
  return all.filter(wanted).map(({ name, kind }) => (kind === null ? name : `${name} (${kind})`));
}

function listed(what: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${what} ${items.slice(0, 4).join(' and ')}`];
}
