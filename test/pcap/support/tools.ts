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

/** What tshark prints of a frame with `-T json -x`, as far as we look. */
interface FrameLayer {
  'frame.time_epoch': string;
  'frame.len': string;
  'frame.cap_len': string;
  /** Classic pcap has none. */
  'frame.interface_id'?: string;
}

/** Reads a file with tshark, which must not warn. It runs once for all: its start takes a second. */
export async function readWithTshark(file: string): Promise<SharkFrame[]> {
  const { stdout, stderr } = await runTool('tshark', '-n', '-r', file, '-T', 'json', '-x', '-j', 'frame');
  if (stderr !== '') throw new Error(`tshark warns about ${file}: ${stderr}`);
  const packets = JSON.parse(stdout) as {
    /** A frame of no bytes has no `frame_raw`. */
    _source: { layers: { frame: FrameLayer; frame_raw?: [hex: string] } };
  }[];
  return packets.map(({ _source: { layers } }) => ({
    time: layers.frame['frame.time_epoch'],
    originalLength: Number(layers.frame['frame.len']),
    capturedLength: Number(layers.frame['frame.cap_len']),
    interface: Number(layers.frame['frame.interface_id'] ?? 0),
    data: Buffer.from(layers.frame_raw?.[0] ?? '', 'hex'),
  }));
}
