import { extname, join } from 'node:path';
import { invalidArgument } from '../core/errors.ts';
import { printableLine } from '../core/printable.ts';
import type { Change } from './change.ts';
import type { Host } from './host.ts';

/** What is to be done when a device appears: at boot, and when its card is plugged in. */
interface Memory {
  name: string;
  /** A match of udev's. */
  match: string;
  description: string;
  /** Arguments of pmd-bench. */
  args: string[];
  /** The command that forgets it. */
  forget: string;
}

const command = join(import.meta.dirname, `../cli/main${extname(import.meta.filename)}`);

/** Binds a device whenever it appears. */
export function rememberBinding(host: Host, address: string, owner: string | undefined): Change[] {
  return remember(host, {
    name: `bind-${address}`,
    match: `SUBSYSTEM=="pci", KERNEL=="${address}"`,
    description: `Give the network function ${address} to vfio-pci`,
    args: ['bind', address, ...(owner === undefined ? [] : ['--owner', owner])],
    forget: `pmd-bench unbind ${address} --no-persist`,
  });
}

export function forgetBinding(host: Host, address: string): Change[] {
  return forget(host, `bind-${address}`);
}

/** Makes VFs whenever the PF's interface appears: its driver is there then. */
export function rememberVfs(host: Host, pf: string, args: readonly string[]): Change[] {
  return remember(host, {
    name: `vfs-${pf}`,
    match: `SUBSYSTEM=="net", KERNELS=="${pf}"`,
    description: `Make virtual functions of ${pf}`,
    args: ['vfs', pf, ...args],
    forget: `pmd-bench vfs ${pf} 0 --no-persist`,
  });
}

export function forgetVfs(host: Host, pf: string): Change[] {
  return forget(host, `vfs-${pf}`);
}

function filesOf(name: string) {
  return {
    rule: `/etc/udev/rules.d/70-vfio-pmd-${name}.rules`,
    unit: `/etc/systemd/system/vfio-pmd-${name}.service`,
  };
}

// The unit first: a rule wants a unit that is there.
function remember(host: Host, memory: Memory): Change[] {
  const { rule, unit } = filesOf(memory.name);
  return [...fileChange(host, unit, unitText(memory)), ...fileChange(host, rule, ruleText(memory))];
}

function forget(host: Host, name: string): Change[] {
  const { rule, unit } = filesOf(name);
  return [...fileChange(host, rule, null), ...fileChange(host, unit, null)];
}

function fileChange(host: Host, file: string, content: string | null): Change[] {
  const before = host.text(file);
  if (before === content?.trimEnd() || (before === undefined && content === null)) return [];
  const undone = before === undefined ? null : `${before}\n`;
  return [{ command: { file, content }, undo: [{ file, content: undone }] }];
}

function unitText({ description, args, forget: how }: Memory): string {
  const words = [process.execPath, command, ...args].map(quoted);
  return `# Written by pmd-bench. To remove it: ${how}
[Unit]
Description=${description}

[Service]
Type=oneshot
ExecStart=${words.join(' ')}
`;
}

function ruleText({ name, match, forget: how }: Memory): string {
  return `# Written by pmd-bench. To remove it: ${how}
ACTION=="add", ${match}, TAG+="systemd", ENV{SYSTEMD_WANTS}+="vfio-pmd-${name}.service"
`;
}

/** A word of systemd's ExecStart=: quoted, and without its specifiers and variables. */
function quoted(word: string): string {
  if (printableLine(word) !== word)
    throw invalidArgument(
      `a path of this program has a control character: ${printableLine(word)}`,
      'move it',
    );
  if (/^[\w./:=-]+$/.test(word)) return word;
  const escaped = word.replaceAll(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return `"${escaped}"`;
}
