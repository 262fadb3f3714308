// Writes docs/errors.md: npm run docs:errors.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownErrorCodes } from '../../../src/core/errors.ts';
import { addon } from '../../../src/core/native.ts';
import type { PmdErrorCode } from '../../../src/index.ts';
import { attempt } from './attempt.ts';
import { type Row, rows } from './rows.ts';

export const page = join(import.meta.dirname, '../../../docs/errors.md');

/** What to do about each, where the hint of the error itself is not all there is to say. */
const advice: Record<PmdErrorCode, string> = {
  ERR_PMD_INVALID_ARGUMENT: 'A mistake in the program: nothing has changed. The hint says what is accepted.',
  ERR_PMD_ADDRESS: 'Write it as the hint shows. PCI addresses are as `lspci -D` prints them.',
  ERR_PMD_NO_DEVICE: 'The hint lists the VFs of this machine, or the command that makes some.',
  ERR_PMD_UNSUPPORTED_DEVICE: 'Open a VF of an 82576 or i350; of a PF the hint names the VFs.',
  ERR_PMD_NOT_BOUND: 'Run the command in the hint; it does not outlast a reboot.',
  ERR_PMD_GROUP_NOT_VIABLE:
    'Unbind the devices that the message names, or use a slot that isolates the card.',
  ERR_PMD_NO_IOMMU: 'Switch the IOMMU on. There is no flag to do without.',
  ERR_PMD_ACCESS: 'Give the user the group’s node, once, as root. The program itself needs no root.',
  ERR_PMD_BUSY: 'Close what uses it; where it can be known, the message names the process.',
  ERR_PMD_MEMLOCK: 'Raise the limit to the figure in the hint, or make the pool smaller.',
  ERR_PMD_NO_MEMORY: 'Reserve as many huge pages as the hint says, or do without them.',
  ERR_PMD_THREADS: 'Raise the limit that the hint names; a container has one of its own.',
  ERR_PMD_DESCRIPTORS: 'Raise the limit that the hint names. A port takes about ten descriptors.',
  ERR_PMD_DMA: 'Ask for fewer buffers; the kernel’s log has the reason.',
  ERR_PMD_VFIO: 'The message names the call, and `errno` and `syscall` what the kernel said.',
  ERR_PMD_PEER_SILENT: 'Bring the PF’s interface up. A port that is open recovers by itself.',
  ERR_PMD_PEER_REFUSED:
    'Ask the administrator of the PF (`ip link set PF vf N mac …`, `trust on`). Trying again does not help.',
  ERR_PMD_DEVICE_TIMEOUT: 'Try again: the PF may be in reset.',
  ERR_PMD_POOL_TOO_SMALL: 'Make the pool as large as the hint says, or the rings smaller.',
  ERR_PMD_POOL_MISMATCH: 'Open both ports with one pool, or copy the frames.',
  ERR_PMD_NOT_OWNER:
    'A mistake in the program: the message names the entry and its buffer. Nothing was sent or released.',
  ERR_PMD_FRAME_LENGTH: 'A mistake in the program: the message names the entry. Nothing was sent.',
  ERR_PMD_CLOSED: 'Open it again. `for await` ends by itself.',
  ERR_PMD_REMOVED:
    'Listen for `removal`, and open the port again when the device is back: `openPort` fails with `ERR_PMD_NO_DEVICE` until then, or with `ERR_PMD_NOT_BOUND`, whose hint says what to run.',
  ERR_PMD_INTERNAL: 'Please report it, with the output of `port.registers()`.',
  ERR_PMD_CAPTURE_FILE: 'The message says where in the file, and what is wrong there.',
  ERR_PMD_NOT_SENT: 'Wait for the link or for `recovered`; what is still on the ring goes out by itself.',
  ERR_PMD_NO_LIBRARY: 'Install the package that the hint names. Filters of instructions need no library.',
  ERR_PMD_LAB: 'Do what the hint says; docs/lab.md has what a lab needs.',
  ERR_PMD_PROGRAM: 'The message says what the program did, or how to compile it; docs/wasm.md has the rest.',
  ERR_PMD_SCRIPT: 'The message says what the script did, and where.',
  ERR_PMD_NO_BINARY: 'Run the command in the hint. Under `--permission`, start node with `--allow-addons`.',
};

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
/** Code in a table; a message may hold back quotes itself. */
const code = (text: string) => (text.includes('`') ? `\`\` ${cell(text)} \`\`` : `\`${cell(text)}\``);

function codeTable(): string {
  const codes = Object.entries({ ...addon.errorCodes(), ...ownErrorCodes }) as [PmdErrorCode, string][];
  const lines = codes.map(([name, summary]) => `| \`${name}\` | ${cell(summary)} | ${cell(advice[name])} |`);
  return ['| code | when | what to do |', '|---|---|---|', ...lines].join('\n');
}

async function rowLine(row: Row): Promise<string> {
  const example = row.example ?? (await attempt(row)).message;
  return `| ${cell(row.what)} | \`${row.code}\` | ${code(example)} |`;
}

async function rowTable(): Promise<string> {
  const lines = [];
  for (const row of rows) lines.push(await rowLine(row));
  return ['| what went wrong | code | for example |', '|---|---|---|', ...lines].join('\n');
}

/** The page as it has to be now. */
export async function document(): Promise<string> {
  return `<!-- Generated from the code's own list of errors: npm run docs:errors -->

# Errors

Whatever fails throws, or rejects with, a \`PmdError\`: \`code\` is stable, \`hint\` is the next thing to do (the message ends with
it), \`address\` is the port's, and \`errno\` and \`syscall\` are there when it was the kernel that said no. When a PCI address cannot be
opened, \`finding\` is the same as data, with the commands that put it right ([devices.md](devices.md)). Bad arguments are refused before anything has
changed.

## Codes

${codeTable()}

## What can go wrong, and what it looks like

${await rowTable()}
`;
}

if (process.argv[1] === import.meta.filename) {
  const now = await document();
  if (readFileSync(page, 'utf8') !== now) writeFileSync(page, now);
  process.exit(0);
}
