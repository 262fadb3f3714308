import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { skip } from '../../support/skip.ts';

const execute = promisify(execFile);

/** What tshark makes of a frame. */
export interface SharkFrame {
  /** Since 1970, as tshark prints it: with 9 digits. */
  time: string;
  originalLength: number;
  capturedLength: number;
  /** Of the file, not of its section; 0 in classic pcap, which has none. */
  interface: number;
  data: Buffer;
}

function isInstalled(name: string): boolean {
  const directories = ['/usr/sbin', '/sbin', ...(process.env['PATH'] ?? '').split(delimiter)];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Skips a test, loudly, when a program is missing. */
export function needTools(context: Mocha.Context, ...names: readonly string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length > 0) {
    skip(context, `${missing.join(', ')} not installed (apt-get install tshark tcpdump)`);
  }
}

interface Printed {
  stdout: string;
  stderr: string;
}

/** Runs a program that must succeed; returns what it printed. Wireshark's complaint about being root is left out of `stderr`. */
export async function runTool(name: string, ...args: readonly string[]): Promise<Printed> {
  return withoutComplaint(await execute(name, args, { maxBuffer: 2 ** 28 }));
}

/** As {@link runTool}, of a program that may fail. */
export async function askTool(name: string, ...args: readonly string[]): Promise<Printed> {
  try {
    return await runTool(name, ...args);
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout?: string; stderr?: string; code?: unknown };
    if (typeof code !== 'number') throw error; // it did not run, or did not end by itself
    return withoutComplaint({ stdout: stdout ?? '', stderr: stderr || `exit code ${code}` });
  }
}

function withoutComplaint({ stdout, stderr }: Printed): Printed {
  return { stdout, stderr: stderr.replace(/^Running as user "root".*\n?/gm, '') };
}

/** What tshark says of a file's frames: a line each, with a space after each field that there is. */
export async function listWithTshark(
  file: string,
  fields: readonly string[],
  ...options: readonly string[]
): Promise<string[]> {
  const columns = fields.flatMap((field) => ['-e', field]);
  const form = ['-T', 'fields', '-E', 'separator=/s'];
  const { stdout } = await runTool('tshark', '-n', '-r', file, ...form, ...columns, ...options);
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => line.replaceAll(/ +/g, ' ').trim());
}

/** Reads a file with tshark, which must not warn. */
export async function readWithTshark(file: string): Promise<SharkFrame[]> {
  const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.interface_id'];
  const args = fields.flatMap((field) => ['-e', field]);
  const [listed, raw] = await Promise.all([
    runTool('tshark', '-n', '-r', file, '-T', 'fields', ...args),
    runTool('tshark', '-n', '-r', file, '-T', 'jsonraw', '-j', 'frame'),
  ]);
  if (listed.stderr !== '') throw new Error(`tshark warns about ${file}: ${listed.stderr}`);
  const packets = JSON.parse(raw.stdout) as { _source: { layers: { frame_raw: [hex: string] } } }[];
  const rows = listed.stdout === '' ? [] : listed.stdout.replace(/\n$/, '').split('\n');
  return rows.map((row, i) => {
    const [time, originalLength, capturedLength, from] = row.split('\t');
    return {
      time: time!,
      originalLength: Number(originalLength),
      capturedLength: Number(capturedLength),
      interface: from === '' ? 0 : Number(from),
      data: Buffer.from(packets[i]!._source.layers.frame_raw[0], 'hex'),
    };
  });
}
