import { lstatSync } from 'node:fs';
import { describe, invalidArgument } from '../core/errors.ts';
import type { Host } from './host.ts';

const name = '(?:[A-Za-z_][A-Za-z0-9_.-]{0,63}\\$?|\\d{1,10})';
const form = new RegExp(`^(${name})?(?::(${name}))?$`);

/** Refuses what is no `USER`, `USER:GROUP` or `:GROUP`. */
export function checkOwner(text: unknown): string {
  if (typeof text === 'string' && text !== '' && form.test(text)) return text;
  throw invalidArgument(`owner is ${describe(text)}`, "write 'USER', 'USER:GROUP' or ':GROUP'");
}

/** Whether a node belongs to them already. Who is not in /etc/passwd and /etc/group is unknown here: then it says no. */
export function hasOwner(host: Host, node: string, owner: string): boolean {
  const [, user, group] = form.exec(owner) ?? [];
  const status = lstatSync(host.root + node, { throwIfNoEntry: false });
  if (status === undefined) return false;
  return isThat(host, '/etc/passwd', user, status.uid) && isThat(host, '/etc/group', group, status.gid);
}

function isThat(host: Host, file: string, wanted: string | undefined, id: number): boolean {
  if (wanted === undefined || wanted === `${id}`) return true;
  const lines = (host.text(file) ?? '').split('\n').map((line) => line.split(':'));
  return lines.some(([known, , number]) => known === wanted && number === `${id}`);
}
