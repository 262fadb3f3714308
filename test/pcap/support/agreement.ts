import { open } from 'node:fs/promises';
import { CaptureFileError, openCapture } from '../../../src/pcap/index.ts';
import { askTool } from './tools.ts';

/** What two readers must agree on of each frame, as text: time, bytes on the wire, bytes in the file; by its number. */
export type FrameList = ReadonlyMap<number, string>;

/** A file as one reader sees it. */
export interface Reading {
  frames: FrameList;
  /** Why it was not read to its end. */
  fault: string | undefined;
}

const fields = ['frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.encap_type'];

/** What our reader makes of a file. */
export async function readOurs(file: string): Promise<Reading> {
  const frames = new Map<number, string>();
  try {
    for await (const record of await openCapture(file)) {
      const { seconds, nanoseconds, hasTimestamp, originalLength, capturedLength } = record;
      const time = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
      frames.set(record.number, `${hasTimestamp ? time : ''} ${originalLength} ${capturedLength}`);
    }
  } catch (error) {
    if (!(error instanceof CaptureFileError) || error.offset === undefined) throw error;
    return { frames, fault: error.message };
  }
  return { frames, fault: undefined };
}

/** What tshark makes of it. What has no link type is an event that tshark shows beside the frames. */
export async function readTheirs(file: string): Promise<Reading> {
  const columns = fields.flatMap((field) => ['-e', field]);
  const { stdout, stderr } = await askTool('tshark', '-n', '-r', file, '-T', 'fields', ...columns);
  const frames = new Map<number, string>();
  for (const row of stdout.split('\n')) {
    const [number, time = '', original, captured, linkType = ''] = row.split('\t');
    if (linkType !== '') frames.set(Number(number), `${nanoseconds(time)} ${original} ${captured}`);
  }
  return { frames, fault: stderr === '' ? undefined : stderr.replaceAll(/\s+/g, ' ').trim() };
}

/** Some files have more than a second of fraction; tshark prints it as it stands. */
function nanoseconds(time: string): string {
  if (time === '') return '';
  const [seconds = '0', fraction = '0'] = time.replace('-', '').split('.');
  const magnitude = BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
  return `${time.startsWith('-') ? -magnitude : magnitude}`;
}

/** The first difference. Two readers agree when they see the same frames, and both or none of them find a fault. */
export async function differenceOf(
  file: string,
  ours: Reading,
  theirs: Reading,
): Promise<string | undefined> {
  // tshark knows many formats. Ours refuses what begins as none of its own.
  if (ours.fault !== undefined && ours.frames.size === 0 && !(await beginsAsCapture(file))) return undefined;
  for (const [number, theirFrame] of theirs.frames) {
    const frame = ours.frames.get(number) ?? 'no frame';
    if (frame !== theirFrame) return `frame ${number}: ${frame}, tshark: ${theirFrame}; ${ours.fault}`;
  }
  for (const [number, frame] of ours.frames)
    if (!theirs.frames.has(number)) return `frame ${number}: ${frame}, tshark: no frame; ${theirs.fault}`;
  if ((ours.fault === undefined) === (theirs.fault === undefined)) return undefined;
  return `fault: ${ours.fault}, tshark: ${theirs.fault}`;
}

const magics = ['a1b2c3d4', 'd4c3b2a1', 'a1b23c4d', '4d3cb2a1', '0a0d0d0a', '1f8b'];

async function beginsAsCapture(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const digits = buffer.subarray(0, bytesRead).toString('hex');
    return magics.some((magic) => digits.startsWith(magic));
  } finally {
    await handle.close();
  }
}
