import { open, readFile } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { CaptureFileError, openCapture } from '../../../src/pcap/index.ts';
import { askTool } from './tools.ts';

/** What two readers must agree on of each frame. */
export interface SeenFrame {
  /** Nanoseconds since 1970, or nothing. */
  time: string;
  original: number;
  captured: number;
}

interface OurFrame extends SeenFrame {
  linkType: number;
  /** Whether the fraction of its time is less than a second. */
  hasValidTime: boolean;
}

/** By the frame's number. */
export type FrameList<Frame extends SeenFrame = SeenFrame> = ReadonlyMap<number, Frame>;

/** A file as one reader sees it. */
export interface Reading<Frame extends SeenFrame = SeenFrame> {
  frames: FrameList<Frame>;
  /** Why it was not read to its end. */
  fault: string | undefined;
}

const fields = ['frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.encap_type'];

/** What our reader makes of a file. */
export async function readOurs(file: string): Promise<Reading<OurFrame>> {
  const hasValidTime = await timeCheckOf(file);
  const frames = new Map<number, OurFrame>();
  try {
    for await (const record of await openCapture(file)) {
      const { seconds, nanoseconds, hasTimestamp, originalLength, capturedLength, fileOffset } = record;
      const time = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
      frames.set(record.number, {
        time: hasTimestamp ? `${time}` : '',
        original: originalLength,
        captured: capturedLength,
        linkType: record.interface.linkType,
        hasValidTime: hasValidTime(fileOffset),
      });
    }
  } catch (error) {
    if (!(error instanceof CaptureFileError) || error.offset === undefined) throw error;
    return { frames, fault: error.message };
  }
  return { frames, fault: undefined };
}

/** Says of a record of a classic file whether its microseconds or nanoseconds are less than a second. */
async function timeCheckOf(file: string): Promise<(fileOffset: number) => boolean> {
  const read = await readFile(file);
  const bytes = read[0] === 0x1f && read[1] === 0x8b ? tryUnpack(read) : read;
  const unitsPerSecond: Record<string, number> = {
    a1b2c3d4: 1e6,
    d4c3b2a1: 1e6,
    a1b23c4d: 1e9,
    '4d3cb2a1': 1e9,
  };
  const units = unitsPerSecond[bytes.subarray(0, 4).toString('hex')];
  if (units === undefined) return () => true;
  const isBigEndian = bytes[0] === 0xa1;
  return (at) => (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) < units;
}

function tryUnpack(packed: Buffer): Buffer {
  return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
}

/** What tshark makes of it. What has no link type is an event that tshark shows beside the frames. */
export async function readTheirs(file: string): Promise<Reading> {
  const columns = fields.flatMap((field) => ['-e', field]);
  const { stdout, stderr } = await askTool('tshark', '-n', '-r', file, '-T', 'fields', ...columns);
  const frames = new Map<number, SeenFrame>();
  for (const row of stdout.split('\n')) {
    const [number, time = '', original, captured, linkType = ''] = row.split('\t');
    if (linkType === '') continue;
    frames.set(Number(number), {
      time: nanoseconds(time),
      original: Number(original),
      captured: Number(captured),
    });
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
  ours: Reading<OurFrame>,
  theirs: Reading,
): Promise<string | undefined> {
  // tshark knows many formats. Ours refuses what begins as none of its own.
  if (ours.fault !== undefined && ours.frames.size === 0 && !(await beginsAsCapture(file))) return undefined;
  // Nor has it frames of link types that it can't dissect.
  if (theirs.frames.size === 0 && /contains record data that TShark doesn't support/.test(theirs.fault ?? ''))
    return undefined;
  for (const number of new Set([...theirs.frames.keys(), ...ours.frames.keys()])) {
    const [our, their] = [ours.frames.get(number), theirs.frames.get(number)];
    if (our !== undefined && their !== undefined && isSame(our, their)) continue;
    return `frame ${number}: ${textOf(our, ours.fault)}, tshark: ${textOf(their, theirs.fault)}`;
  }
  if ((ours.fault === undefined) === (theirs.fault === undefined)) return undefined;
  return `fault: ${ours.fault}, tshark: ${theirs.fault}`;
}

const ethernet = 1;
const mostShown = 2 ** 31 - 1;

/** Where tshark differs and is not followed: what it does then is known. */
function isSame(our: OurFrame, their: SeenFrame): boolean {
  // It keeps the fraction of a second in 32 bits of nanoseconds.
  if (our.time !== their.time && our.hasValidTime) return false;
  // It takes the header off that some link types have before the frame.
  const header = our.linkType === ethernet ? 0 : our.captured - their.captured;
  if (header < 0 || our.captured !== their.captured + header) return false;
  // It shows lengths of 31 bits, and frames that have more bytes in the file than they had on the wire.
  const original = Math.max(their.original, their.captured) + header;
  return our.original === original || (their.original === mostShown && our.original > mostShown);
}

function textOf(frame: SeenFrame | undefined, fault: string | undefined): string {
  if (frame === undefined) return `no frame (${fault ?? 'and no fault'})`;
  return `${frame.time} ${frame.original} ${frame.captured}`;
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
